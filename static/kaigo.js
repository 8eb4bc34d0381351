// The few things that a page cannot do without script. Everything works without this file as well.
"use strict";

(() => {
  const box = () => document.querySelector("[data-search]");
  const found = () => document.getElementById("search-found");
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  // "/" goes to the search box from anywhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || !box()) return;
    event.preventDefault();
    box().focus();
    box().select();
  });

  // Arrows move between the box and what was found; Escape closes it.
  const move = (step) => {
    const stops = [box(), ...found().querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + step;
    if (stops[next]) stops[next].focus();
  };
  const clear = () => found().replaceChildren();
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !box() || !event.target.closest(".search")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      clear();
      box().focus();
    }
  });
  document.addEventListener("focusin", (event) => {
    if (box() && !event.target.closest(".search")) clear();
  });
  document.addEventListener("click", (event) => {
    if (box() && !event.target.closest(".search")) clear();
  });

  // A refusal is shown where the result would have been.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.status < 500) event.detail.shouldSwap = true;
  });

  // A second press of the same button sends nothing.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
    setTimeout(() => delete event.target.dataset.sent, 5000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // What is linked to opens.
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const details = target && target.closest("details");
    if (details) {
      details.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  document.addEventListener("DOMContentLoaded", () => {
    open();
    const summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  });
  // The client keeps nothing: htmx notes the page's address, which nothing here needs.
  window.addEventListener("load", () => sessionStorage.clear());
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
})();
