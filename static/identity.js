// Passkeys: asks the platform for a credential and sends it with the form that asked for it.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  const ask = async (form) => {
    const token = form.elements.csrfmiddlewaretoken.value;
    const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
    if (!answer.ok || answer.redirected) throw new Error("no challenge");
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (form.dataset.passkey === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = named(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  };

  const written = (credential) => {
    const { response } = credential;
    const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const kept = fields.filter((name) => response[name]).map((name) => [name, text(response[name])]);
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: Object.fromEntries(kept),
    });
  };

  const problem = (form, shown) => {
    const place = form.querySelector(".passkey-problem");
    place.textContent = shown ? place.dataset.problem : "";
    place.hidden = !shown;
  };

  const start = (form) => {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem(form, false);
      if (!form.checkValidity()) return form.submit(); // the server says what is missing
      try {
        form.elements.credential.value = written(await ask(form));
      } catch {
        delete form.dataset.sent;
        return problem(form, true);
      }
      if (form.dataset.stay !== undefined) form.dispatchEvent(new Event("passkey-ready"));
      else form.submit();
    });
  };

  if (!window.PublicKeyCredential || document.documentElement.dataset.passkeys) return;
  document.documentElement.dataset.passkeys = "ready"; // a page may ask for this file twice
  document.querySelectorAll("[data-passkey-part]").forEach((part) => (part.hidden = false));
  document.querySelectorAll("form[data-passkey]").forEach(start);
})();
