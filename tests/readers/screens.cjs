// Documents of an unpacked EPUB on screens of several sizes: node screens.cjs FOLDER REQUEST, where REQUEST is JSON,
//   {"documents": ["text/one.xhtml"], "screens": [{"width": 320, "height": 640, "font": 16}], "pictures": "folder or empty"}.
// Prints for each document and screen what is wider than the screen, and how the frames of its tables behave.
'use strict';

const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

// Runs in the page.
async function look() {
  const name = (element) => element.getAttribute('aria-label') || '';
  const frames = [];
  for (const frame of document.querySelectorAll('.table-frame, .formula')) {
    for (let holder = frame.parentElement; holder; holder = holder.parentElement) if (holder.localName === 'details') holder.open = true;
    frame.focus();
    frames.push({
      name: name(frame), role: frame.getAttribute('role'), focused: document.activeElement === frame,
      wide: frame.scrollWidth > frame.clientWidth, inside: frame.getBoundingClientRect().right <= innerWidth + 1,
      outlined: getComputedStyle(frame).outlineStyle !== 'none',
      cells: [...frame.querySelectorAll('td, th')].filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent),
    });
  }
  const out = [...document.body.querySelectorAll('*')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.right > innerWidth + 1 && box.width && !one.closest('.table-frame, .formula') && !one.closest('[hidden]');
  }).map((one) => `${one.localName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`);
  return { scrolls: document.documentElement.scrollWidth > innerWidth, out: out.slice(0, 5), frames };
}

// A keyboard alone: focus on the first wide frame, the arrow to the right, and it has moved.
async function moved(page) {
  const wide = await page.evaluateHandle(() => [...document.querySelectorAll('.table-frame')].find((one) => one.scrollWidth > one.clientWidth));
  if (!(await wide.evaluate((one) => Boolean(one)))) return null;
  await wide.evaluate((one) => one.focus());
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((one) => one.scrollLeft > 0, wide, { timeout: 5000 }).catch(() => {});
  return wide.evaluate((one) => one.scrollLeft > 0);
}

async function main(folder, request) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  const seen = [];
  for (const screen of request.screens) {
    const context = await browser.newContext({ viewport: { width: screen.width, height: screen.height }, colorScheme: screen.scheme || 'light' });
    const page = await context.newPage();
    for (const name of request.documents) {
      await page.goto(pathToFileURL(path.join(folder, name)).href);
      await page.evaluate((size) => { document.documentElement.style.fontSize = `${size}px`; return document.fonts.ready; }, screen.font);
      seen.push({ document: name, ...screen, ...(await page.evaluate(look)), moved: await moved(page) });
      if (request.pictures) {
        await page.screenshot({ path: path.join(request.pictures, `${path.basename(name, '.xhtml')}-${screen.width}-${screen.font}.png`), fullPage: true });
      }
    }
    await context.close();
  }
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
}

main(process.argv[2], JSON.parse(process.argv[3])).catch((error) => {
  console.error(error);
  process.exit(1);
});
