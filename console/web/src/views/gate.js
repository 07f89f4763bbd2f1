// Before the live view: no token, the wrong one, or no answer yet.

import { useSignal } from "@preact/signals";
import { countdown } from "../format.js";
import { html } from "../html.js";
import { enterToken, gate, link, now, retryNow } from "../model.js";

const WORDS = {
  missing: {
    title: "This page needs its token",
    text: "Open the address that vinkki printed when it started: it carries the token. Or paste the token here.",
  },
  wrong: {
    title: "That is not the token",
    text: "The server was probably started again and has a new one. Open the address that it printed, or paste the token here.",
  },
};

export function Gate() {
  const words = WORDS[gate.value];
  return html`
    <main class="gate">
      <div class="card">
        <img src="/assets/icon.svg" alt="Vinkki" width="44" height="44" />
        ${words ? html`<${TokenForm} ...${words} />` : html`<${Checking} />`}
      </div>
    </main>`;
}

function TokenForm({ title, text }) {
  const token = useSignal("");
  const submit = (event) => {
    event.preventDefault();
    if (token.value.trim()) enterToken(token.value.trim());
  };
  return html`
    <h1 role="alert">${title}</h1>
    <p>${text}</p>
    <form onSubmit=${submit}>
      <label for="token">Token</label>
      <input id="token" type="password" autocomplete="off" spellcheck="false" autofocus
        value=${token.value} onInput=${(event) => (token.value = event.currentTarget.value)} />
      <button type="submit" class="primary">Open the live view</button>
    </form>`;
}

function Checking() {
  if (link.value.state !== "lost") return html`<h1 class="loading">Connecting…</h1>`;
  return html`
    <h1 role="alert">The server does not answer</h1>
    <p>Trying again in ${countdown(link.value.retryAt - now.value)}.</p>
    <button type="button" class="primary" onClick=${retryNow}>Try now</button>`;
}
