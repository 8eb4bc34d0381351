// Drafts: what is typed into a form with data-draft is kept on the server, and offered when the form is opened again.
// The browser keeps nothing. Saving is no act of the person: the screen locks all the same.
"use strict";

(() => {
  const AFTER = 2000; // milliseconds of rest before what was typed is kept
  const SKIPPED = ["hidden", "password", "file", "submit", "button", "reset", "image"];

  const start = (form) => {
    const address = `/drafts/${encodeURIComponent(form.dataset.draft)}/`;
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const ask = (path, options = {}) =>
      fetch(path, {
        ...options,
        headers: { Accept: "application/json", "X-Background": "1", "X-CSRFToken": token },
      });
    const fields = () => [...form.elements].filter((one) => one.name && !SKIPPED.includes(one.type));
    const chosen = (one) => (one.type === "checkbox" || one.type === "radio" ? one.checked : true);
    const values = (one) =>
      one.type === "select-multiple" ? [...one.selectedOptions].map((option) => option.value) : [one.value];
    const typed = () => {
      const found = new URLSearchParams();
      fields().filter(chosen).forEach((one) => values(one).forEach((value) => found.append(one.name, value)));
      return found;
    };
    // Line ends are sent in one form and typed in another.
    const plain = (text) => text.replaceAll("\r\n", "\n");
    const same = (kept) => {
      const now = {};
      for (const [name, value] of typed()) (now[name] ??= []).push(plain(value));
      const names = new Set(fields().map((one) => one.name));
      const filled = (list) => (list || []).map(plain).filter(Boolean).join("\u0000");
      return [...names].every((name) => filled(now[name]) === filled(kept[name]));
    };
    const restore = (kept) => {
      const left = structuredClone(kept);
      fields().forEach((one) => {
        const list = kept[one.name] || [];
        if (one.type === "checkbox" || one.type === "radio") one.checked = list.includes(one.value);
        else if (one.type === "select-multiple") [...one.options].forEach((o) => (o.selected = list.includes(o.value)));
        else if (one.name in left) one.value = left[one.name].shift() ?? "";
      });
    };

    const note = document.createElement("p");
    note.className = "draft-note";
    note.setAttribute("role", "status");
    const say = (words) => (note.textContent = words);
    form.append(note);

    let timer = null;
    let waiting = false; // something is typed that is not kept yet
    let asking = true; // an earlier draft is offered: it is not overwritten before the person has decided
    const save = (options = {}) => {
      clearTimeout(timer);
      if (asking || !waiting) return null;
      waiting = false;
      return ask(address, { method: "POST", body: typed(), ...options })
        .then((answer) => {
          if (answer.status === 204) {
            const now = new Date();
            say(`${now.getHours()}時${String(now.getMinutes()).padStart(2, "0")}分に下書きを保存しました。`);
          } else {
            waiting = true;
            say("下書きを保存できませんでした。");
          }
        })
        .catch(() => {
          waiting = true;
          say("下書きを保存できませんでした。サーバーにつながりません。");
        });
    };
    const change = () => {
      waiting = true;
      clearTimeout(timer);
      timer = setTimeout(save, AFTER);
    };
    form.addEventListener("input", change);
    form.addEventListener("change", change);
    const leave = () => save({ keepalive: true });
    // What is sent is kept by the server, unless it was carried out; a save after that would come too late.
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) clearTimeout(timer), (asking = true);
    });
    document.addEventListener("screen-lock", (event) => event.detail.push(save()));
    document.addEventListener("visibilitychange", () => document.hidden && leave());
    window.addEventListener("pagehide", leave);

    const decided = () => {
      asking = false;
      if (waiting) change();
    };
    const offer = (kept) => {
      const box = document.createElement("div");
      box.className = "notice notice-info draft-offer";
      box.setAttribute("role", "status");
      const words = document.createElement("p");
      words.textContent = `前回の入力があります（${kept.saved_at}）。復元か破棄を選ぶまで、新しい下書きは保存しません。`;
      const button = (label, act) => {
        const one = document.createElement("button");
        one.type = "button";
        one.className = "button";
        one.textContent = label;
        one.addEventListener("click", () => {
          act();
          box.remove();
          decided();
        });
        return one;
      };
      const actions = document.createElement("div");
      actions.className = "actions";
      actions.append(
        button("前回の入力を復元する", () => {
          restore(kept.fields);
          say("前回の入力を復元しました。");
          const first = fields()[0];
          if (first) first.focus();
        }),
        button("前回の入力を破棄する", () => {
          ask(`${address}discard/`, { method: "POST" }).catch(() => {});
          say("前回の入力を破棄しました。");
        }),
      );
      box.append(words, actions);
      form.before(box);
    };
    ask(address)
      .then((answer) => (answer.status === 200 ? answer.json() : null))
      .then((kept) => (kept && !same(kept.fields) ? offer(kept) : decided()))
      .catch(decided);
  };

  document.querySelectorAll("form[data-draft]").forEach(start);
})();
