// Keeps the figures of a change up to date while it is under way. Without it, there is a
// link to refresh the page.
"use strict";

const EVERY = 5000;
const watching = document.getElementById("watching");
const keepUp = document.getElementById("keep-up");

const refresh = async () => {
  const reading = watching.contains(document.activeElement) || !getSelection().isCollapsed;
  if (!keepUp.checked || document.hidden || reading) return;
  try {
    const answer = await fetch(watching.dataset.live, {
      headers: { Accept: "text/html" },
      redirect: "error",
    });
    if (!answer.ok) return;
    const open = [...watching.querySelectorAll("details")].map((one) => one.open);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const state = (page) => page.querySelector("[data-state]")?.dataset.state;
    if (state(fresh) !== state(watching)) {
      location.reload(); // The steps, the acts and the tabs are of the state.
      return;
    }
    watching.replaceChildren(...fresh.body.childNodes);
    watching.querySelectorAll("details").forEach((one, place) => {
      if (place < open.length) one.open = open[place];
    });
  } catch {
    // Signed out or off line: the next turn tries again.
  }
};

if (watching && keepUp && watching.dataset.live) {
  keepUp.closest("[hidden]").hidden = false;
  setInterval(refresh, EVERY);
}
