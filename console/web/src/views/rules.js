// The rules, the nearest to firing first, each with its clauses and their values, and the ring of a `for` that runs.

import { useSignal } from "@preact/signals";
import { REASONS, breakable, clockTime, countdown, progressOf, shownValue } from "../format.js";
import { byNearness, heldOf, rowsOf } from "../clauses.js";
import { html } from "../html.js";
import { missingNow, now, rules, shown, valueNow, version } from "../model.js";
import { Icon } from "./icons.js";

const NEAR = 0.5; // the share of its clauses from which on a rule is shown whole by itself

export function Rules() {
  version.value;
  const record = shown.value;
  const holding = record.rules.filter((rule) => rule.when).length;
  const all = record.rules.length;
  return html`
    <section class="panel rules" aria-label="Rules">
      <header><h2>Rules</h2><small>${holding ? `${holding} of ${all} hold` : all ? `${all} watched` : ""}</small></header>
      <div class="scroll" tabindex="0" ref=${moveAnew}>
        ${all === 0 && html`<p class="empty">Waiting for the next event.</p>`}
        ${byNearness(record.rules, (name) => record.decided.get(name)?.at, record.stateAt).map(({ rule, rank }) => html`
          <${Rule} key=${rule.rule} rule=${rule} near=${rank >= NEAR} record=${record} />`)}
      </div>
    </section>`;
}

// Preact moves with moveBefore where there is one, and Chromium 156 then keeps the old style of what
// changes its class in the same frame. Without it, Preact takes insertBefore.
function moveAnew(list) {
  if (list) list.moveBefore = undefined;
}

/** A rule far from holding is one line, until somebody opens it. */
function Rule({ rule, near, record }) {
  const wanted = useSignal(null); // what the reader chose: open or closed
  const open = wanted.value ?? near;
  const [held, all] = heldOf(rule.clauses ?? []);
  const info = rules.value.byName.get(rule.rule);
  const decided = record.decided.get(rule.rule);
  const waits = rule.when && rule.fires_at != null;
  const state = waits ? "counting" : rule.when ? "holds" : "watching";
  return html`
    <article class=${`rulecard ${state}`}>
      <header>
        ${waits ? html`<${Ring} from=${rule.risen_at} to=${rule.fires_at} />`
          : html`<span class="lamp">${rule.when && html`<${Icon} name="check" />`}</span>`}
        <h3><button type="button" aria-expanded=${String(open)} onClick=${() => (wanted.value = !open)}>
          ${rule.rule}</button></h3>
        ${info && info.mode !== "live" && html`<span class="chip">${info.mode}</span>`}
        <span class="state">${waits ? html`fires in <${Left} to=${rule.fires_at} />` : rule.when ? "holds" : html`<i>${held} of ${all}</i>`}</span>
      </header>
      ${open && info?.description && html`<p class="description">${info.description}</p>`}
      ${open && html`<ul class="clauses">
        ${rowsOf(rule.clauses ?? []).map((row) => html`
          <${Clause} ...${row} since=${record.since.get(`${rule.rule}/${row.index}/${row.clause.changes_at}`)} />`)}
      </ul>`}
      ${open && !rule.when && html`<${Missing} parts=${rule.missing ?? []} />`}
      ${open && html`<${Silences} all=${record.silences.get(rule.rule) ?? []} />`}
      ${decided && html`<${LastDecision} decided=${decided} />`}
    </article>`;
}

/** What has to come before the rule holds: all of the lines, of each one of its parts. */
function Missing({ parts }) {
  if (!parts.length) return null;
  return html`
    <ul class="missing" aria-label="Missing">
      ${parts.map(({ any_of }) => html`<li>${any_of.map((one, i) => html`
        ${i > 0 && html`<i> or </i>`}<span>${missingNow(one)}<${Due} ...${one} /></span>`)}</li>`)}
    </ul>`;
}

function Due({ before, at }) {
  const to = before ?? at;
  if (to == null || to <= now.value) return null;
  return html`<em>${before != null ? " within " : ", true in "}<${Left} to=${to} /></em>`;
}

/** Why the rule would make no offer if it fired now; what is over by now is not said. */
function Silences({ all }) {
  const left = all.filter(({ until }) => until == null || until > now.value);
  if (!left.length) return null;
  return html`
    <ul class="silences" aria-label="Would be silent">
      ${left.map(({ text, until }) => html`<li>${text}${until != null && html`<em>, over in <${Left} to=${until} /></em>`}</li>`)}
    </ul>`;
}

function LastDecision({ decided }) {
  const { decision, reason, at } = decided;
  const offer = decision === "offer";
  return html`
    <p class=${`last ${offer ? "offer" : "silent"}`}>
      <span>${offer ? "Offer made" : `Silent: ${REASONS[reason] ?? reason}`}</span>
      <time>${clockTime(at)}</time></p>`;
}

const BARE = new Set(["true", "false"]); // says no more than the mark in front of it

function Clause({ clause, depth, name, branch, since }) {
  const { text, holds, changes_at } = clause;
  const value = valueNow(clause);
  const progress = branch ? null : progressOf({ text, value, holds });
  const missing = value === "-" || value === "";
  return html`
    <li class=${`clause ${holds ? "true" : "false"}`} style=${{ "--depth": String(depth) }}>
      <span class="mark" role="img" aria-label=${holds ? "true" : "false"}>${holds && html`<${Icon} name="check" />`}</span>
      <span class="says">${name && html`<b>${name}</b>${" "}`}
        ${branch ? html`<i>${branch}</i>` : html`<code>${breakable(text).map((piece) => html`${piece}<wbr />`)}</code>`}</span>
      ${!branch && changes_at != null && html`<${Turn} from=${since} to=${changes_at} holds=${holds} />`}
      ${!branch && !BARE.has(value) && html`
        <span class="value" data-missing=${missing ? "" : null} title=${value}>${missing ? "–" : shownValue(value)}</span>`}
      ${progress > 0 && html`<${Meter} part=${progress} />`}
    </li>`;
}

function Meter({ part }) {
  return html`<span class="meter" aria-hidden="true"><i style=${{ width: `${part * 100}%` }}></i></span>`;
}

/** When time alone turns a clause over. */
function Turn({ from, to, holds }) {
  if (to <= now.value) return null;
  return html`
    <span class="turn" title=${holds ? "by then it ends by itself" : "by then it becomes true by itself"}>
      <${Ring} from=${from ?? now.value} to=${to} /><${Left} to=${to} /></span>`;
}

function Left({ to }) {
  return html`<span class="left">${countdown(to - now.value)}</span>`;
}

const AROUND = 2 * Math.PI * 7;

/** A ring that empties from `from` to `to`. */
function Ring({ from, to }) {
  const left = to > from ? Math.max(0, Math.min(1, (to - now.value) / (to - from))) : 0;
  return html`
    <svg class="ring" viewBox="0 0 18 18" aria-hidden="true">
      <circle cx="9" cy="9" r="7" />
      <circle class="run" cx="9" cy="9" r="7" stroke-dasharray=${AROUND}
        stroke-dashoffset=${AROUND * (1 - left)} />
    </svg>`;
}
