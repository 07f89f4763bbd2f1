// The bar at the top: name, state of the connection, rules in force, appearance.

import { effect, signal } from "@preact/signals";
import { countdown } from "../format.js";
import { html } from "../html.js";
import { about, link, now, reloadRules, retryNow, rules } from "../model.js";
import { Icon } from "./icons.js";

const THEMES = ["auto", "light", "dark"];
const theme = signal(localStorage.getItem("vinkki.theme") ?? "auto");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem("vinkki.theme", theme.value);
});

const STATES = { connecting: "Connecting", live: "Live", lost: "Disconnected" };

export function Bar() {
  const { state } = link.value;
  const { byName, version } = rules.value;
  return html`
    <header class="bar">
      <img src="/assets/icon.svg" alt="" width="26" height="26" />
      <h1>Vinkki <span>live view</span></h1>
      <span class=${`link ${state}`} role="status"><i></i>${STATES[state]}</span>
      <span class="gap"></span>
      <span class="ruleset" title=${`Rules ${version}`}>${byName.size} ${byName.size === 1 ? "rule" : "rules"}</span>
      <button type="button" class="quiet" onClick=${reloadRules} title="Read the rule files again">
        <${Icon} name="reload" /><span>Reload rules</span></button>
      <${Theme} />
      <span class="version">${about.value.version}</span>
    </header>`;
}

function Theme() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
  return html`
    <button type="button" class="quiet" onClick=${() => (theme.value = next)}
      title=${`Appearance: ${theme.value}`} aria-label=${`Appearance: ${theme.value}; change to ${next}`}>
      <${Icon} name="theme" /></button>`;
}

export function LinkBanner() {
  if (link.value.state !== "lost") return null;
  return html`
    <div class="banner bad" role="alert">
      <p>${link.value.message} <${Retry} /></p>
      <button type="button" onClick=${retryNow}>Try now</button>
    </div>`;
}

// By itself, so that its ticking is not read out.
function Retry() {
  const left = countdown(link.value.retryAt - now.value);
  return html`<span aria-hidden="true">Trying again in ${left}.</span>`;
}
