// The visitor view: F8 turns the page of a person to the visitor, Escape brings the page of the staff back.
"use strict";

document.addEventListener("keydown", (event) => {
  const link = document.querySelector("[data-visitor]");
  if (!link || document.querySelector("dialog[open]")) return;
  const leaving = document.querySelector(".visitor-bar") !== null;
  if (event.key !== (leaving ? "Escape" : "F8")) return;
  event.preventDefault();
  link.click();
});
