// The visitor view: F8 turns the page of a person to the visitor, F8 or Escape brings the page of the staff back.
"use strict";

document.addEventListener("keydown", (event) => {
  const link = document.querySelector("[data-visitor]");
  if (!link || document.querySelector("dialog[open]")) return;
  const leaving = document.querySelector(".visitor-bar") !== null;
  if (event.key !== "F8" && !(leaving && event.key === "Escape")) return;
  event.preventDefault();
  link.click();
});
