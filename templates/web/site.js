// What the site does beyond links: light or dark, notes beside their calls, citations, search, turning pages by key. Without it all is still there.
"use strict";

const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
if (kept) document.documentElement.dataset.theme = kept;

function themeSwitch() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "theme";
  button.title = document.body.dataset.themeLabel;
  button.setAttribute("aria-label", document.body.dataset.themeLabel);
  button.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch { /* then it lasts as long as the page */ }
  });
  document.querySelector(".site-head nav").append(button);
}

function notePopovers() {
  if (!HTMLElement.prototype.hasOwnProperty("popover")) return;
  const box = document.createElement("div");
  box.className = "note-popover";
  box.popover = "auto";
  document.body.append(box);
  document.addEventListener("click", (event) => {
    const call = event.target.closest('a[role="doc-noteref"]');
    if (!call || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const note = document.getElementById(decodeURIComponent(call.hash.slice(1)));
    if (!note) return;
    event.preventDefault();
    box.replaceChildren(...[...note.children].map((child) => child.cloneNode(true)));
    for (const one of box.querySelectorAll("[id]")) one.removeAttribute("id");
    for (const one of box.querySelectorAll("a.back")) one.remove();
    box.showPopover();
    const at = call.getBoundingClientRect();
    const top = at.bottom + 8 + box.offsetHeight < innerHeight ? at.bottom + 8 : Math.max(8, at.top - 8 - box.offsetHeight);
    box.style.top = `${top}px`;
    box.style.left = `${Math.max(8, Math.min(at.left - 24, innerWidth - box.offsetWidth - 8))}px`;
  });
}

function citations() {
  const said = document.createElement("div");
  said.className = "said";
  said.setAttribute("role", "status");
  document.body.append(said);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.cite");
    if (!link || !navigator.clipboard) return;
    const page = link.dataset.page ? `, ${document.body.dataset.page} ${link.dataset.page}` : "";
    const text = `${document.body.dataset.cite}${page}, ${link.href}`;
    navigator.clipboard.writeText(text).then(() => {
      said.textContent = `${document.body.dataset.copied}: ${text}`;
      setTimeout(() => { said.textContent = ""; }, 4000);
    }, () => {});
  });
}

function turning() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("input, textarea, [tabindex='0']")) return;
    const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = way && document.querySelector(`a[rel="${way}"]`);
    if (link) link.click();
  });
}

function search() {
  const form = document.querySelector("form.search");
  if (!form) return;
  const list = document.querySelector("ol.found"), input = form.elements.q;
  let index = null;
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  async function run() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    if (words.join("").length < 2) { list.replaceChildren(); return; }
    index ??= (await (await fetch(form.dataset.index)).json()).map((one) => ({ ...one, plain: plain(one.text) }));
    const found = index.filter((one) => words.every((word) => one.plain.includes(word))).slice(0, 50);
    list.replaceChildren(...found.map((one) => {
      const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = one.at;
      link.textContent = one.in + (one.page ? `, ${document.body.dataset.page} ${one.page}` : "");
      const start = Math.max(0, one.plain.indexOf(words[0]) - 80);
      text.textContent = (start ? "…" : "") + one.text.slice(start, start + 240) + (start + 240 < one.text.length ? "…" : "");
      item.append(link, text);
      return item;
    }));
    if (!found.length) {
      const none = document.createElement("li");
      none.textContent = form.dataset.none;
      list.replaceChildren(none);
    }
  }
  input.value = new URLSearchParams(location.search).get("q") || "";
  input.addEventListener("input", run);
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  run();
}

document.addEventListener("DOMContentLoaded", () => { themeSwitch(); notePopovers(); citations(); turning(); search(); });
