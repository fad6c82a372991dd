// Ace by DAISY over many EPUBs in one browser: node ace.cjs FILE.epub... prints a list of its reports, in the order of the files.
//
// Ace's own command starts a browser for each file, and exits with 0 whatever it finds.
'use strict';

const ace = require('@daisy/ace-core');
const logger = require('@daisy/ace-logger');
const runner = require('@daisy/ace-axe-runner-puppeteer');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

async function main(files) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ace-'));
  logger.initLogger({ silent: true, fileName: 'ace.log' });
  const reports = [];
  try {
    await runner.launch();
    const kept = { ...runner, launch: async () => {}, close: async () => {} };
    for (const file of files) {
      const options = { cwd: process.cwd(), outdir: path.join(folder, 'out'), tmpdir: path.join(folder, 'tmp'), silent: true, doNotReportMedia: true };
      const [, report] = await ace(file, options, kept);
      reports.push(report);
    }
    await runner.close();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(JSON.stringify(reports), () => process.exit(0));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
