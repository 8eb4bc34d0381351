// The screen lock: covers the page after idle minutes and brings it back as it was. The server locks by itself as well.
"use strict";

(() => {
  const cover = document.getElementById("screen-lock");
  const curtain = document.getElementById("curtain");
  if (!cover || !curtain) return;
  const after = Number(cover.dataset.after) * 1000;
  const title = document.title;
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("kaigo-lock") : null;
  const token = () => cover.querySelector("[name=csrfmiddlewaretoken]").value;
  const ask = (address, options = {}) =>
    fetch(address, { ...options, headers: { Accept: "application/json", "X-CSRFToken": token(), ...options.headers } });
  let lastAct = Date.now();
  let lastTold = Date.now();

  const hide = (dialog, hidden, words) => {
    document.body.classList.toggle("covered", hidden);
    document.title = hidden ? `${words} | 介護保険システム` : title;
    if (hidden && !dialog.open) dialog.showModal();
    if (!hidden && dialog.open) dialog.close();
  };
  const show = () => {
    if (curtain.open) hide(curtain, false);
    hide(cover, true, "画面ロック");
    cover.querySelector("[name=password]").focus();
  };
  // What is typed and not kept yet is kept first (drafts.js): the server takes no draft once it is locked.
  const kept = () => {
    const saving = [];
    document.dispatchEvent(new CustomEvent("screen-lock", { detail: saving }));
    return Promise.race([Promise.allSettled(saving), new Promise((done) => setTimeout(done, 1500))]);
  };
  const lock = () => {
    if (cover.open) return;
    show();
    if (tabs) tabs.postMessage("lock");
    kept().then(() => cover.open && ask(cover.dataset.now, { method: "POST" }).catch(() => {}));
  };
  const reopen = () => {
    lastAct = lastTold = Date.now();
    cover.querySelector("[name=password]").value = "";
    say("");
    hide(cover, false);
  };
  const say = (words) => {
    const place = cover.querySelector(".cover-problem");
    place.textContent = words;
    place.hidden = !words;
  };

  const unlock = async (form) => {
    say("");
    try {
      const answer = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.redirected || answer.status === 401) return location.reload(); // logged off meanwhile
      if (answer.ok) {
        reopen();
        if (tabs) tabs.postMessage("unlock");
      } else {
        say((await answer.json()).message || "解除できませんでした。");
      }
    } catch {
      say("サーバーにつながりません。少し待って、もう一度試してください。");
    } finally {
      delete form.dataset.sent;
    }
  };
  cover.addEventListener("cancel", (event) => event.preventDefault()); // Escape does not open it
  cover.querySelector("[data-unlock]").addEventListener("submit", (event) => {
    event.preventDefault();
    unlock(event.target);
  });
  cover.querySelector("[data-passkey]").addEventListener("passkey-ready", (event) => unlock(event.target));

  // Typing and reading are acts: the server is told, at most once a minute.
  const act = () => {
    if (cover.open) return;
    lastAct = Date.now();
    if (lastAct - lastTold < 60_000) return;
    lastTold = lastAct;
    ask(cover.dataset.state, { method: "POST" })
      .then((answer) => (answer.redirected || answer.status === 401 ? location.reload() : answer.json()))
      .then((state) => state && state.locked && show())
      .catch(() => {});
  };
  ["keydown", "pointerdown", "wheel", "input"].forEach((kind) => document.addEventListener(kind, act, { passive: true }));
  const look = () => {
    if (!cover.open && Date.now() - lastAct >= after) lock();
  };
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  if (tabs) tabs.addEventListener("message", (event) => (event.data === "lock" ? show() : reopen()));

  // A page from the browser's memory is asked for again: what it showed may be another person's.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  document.querySelectorAll("[data-curtain]").forEach((button) => (button.hidden = false));

  // Counter mode: one key hides everything from a visitor, the same key brings it back.
  const draw = () => {
    if (cover.open) return;
    hide(curtain, !curtain.open, "目隠し");
  };
  curtain.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F9") return;
    event.preventDefault();
    draw();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-curtain]")) draw();
  });
  // The button of the header does what the idle minutes do: nobody leaves the page, and it comes back as it was.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-lock]")) return;
    event.preventDefault();
    delete event.target.dataset.sent;
    lock();
  });
})();
