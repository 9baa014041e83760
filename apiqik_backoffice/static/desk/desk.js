// Comforts only: every page works without this file.
"use strict";

// The menu is open in the markup, so that it is there without scripts; a phone folds it.
const menu = document.getElementById("menu");
const narrow = matchMedia("(max-width: 760px)");
const fold = () => {
  if (menu) menu.open = !narrow.matches;
};
fold();
narrow.addEventListener("change", fold);

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const find = document.getElementById("find");
    if (find) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  }
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll(".me[open], .filter[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  }
});

// A dropped-down list closes when one clicks beside it.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".me[open], .filter[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// The tab that is shown is told to screen readers.
const tabs = [...document.querySelectorAll(".tabbed > .tabs a")];
const tell = () => {
  const shown = tabs.find((tab) => tab.hash === location.hash) || tabs[0];
  for (const tab of tabs) {
    if (tab === shown) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
};
if (tabs.length) {
  addEventListener("hashchange", tell);
  tell();
}
