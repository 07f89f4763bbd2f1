// Who is looked at: the latest who did something, or one chosen from the list.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { countdown, roughly, shortId } from "../format.js";
import { html } from "../html.js";
import { now, pin, pinned, shown, store, version } from "../model.js";
import { latestFirst } from "../store.js";
import { Icon } from "./icons.js";

const LISTED = 40;

/** A colour of their own, out of the id. */
function Face({ id }) {
  let hash = 7;
  for (const c of id) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  return html`<span class="face" style=${{ "--hue": String(hash % 360) }} aria-hidden="true">
    ${id.replace(/^p\./, "").slice(0, 1).toUpperCase()}</span>`;
}

export function VisitorStrip() {
  const record = shown.value;
  const stays = pinned.value !== null;
  return html`
    <div class="visitor">
      <${Picker} record=${record} />
      <button type="button" class="pin" aria-pressed=${String(stays)} disabled=${!record}
        onClick=${() => pin(stays ? null : record)}
        title=${stays ? "Follow whoever is active" : "Stay with this visitor"}>
        <${Icon} name=${stays ? "pin" : "follow"} />${stays ? "Pinned" : "Following"}</button>
      ${record && html`<${Numbers} record=${record} />`}
    </div>`;
}

function Numbers({ record }) {
  version.value;
  const cart = record.facts.find((fact) => fact.name === "cart.value")?.value;
  return html`
    <dl class="numbers">
      <div><dt>Last seen</dt><dd><${Ago} at=${record.lastAt} /></dd></div>
      <div><dt>Events</dt><dd>${record.events}</dd></div>
      ${cart !== undefined && html`<div><dt>Cart</dt><dd>${cart === "-" ? "empty" : cart}</dd></div>`}
      <div class="deadline"><dt>Next deadline</dt><dd><${Deadline} record=${record} /></dd></div>
    </dl>`;
}

function Ago({ at }) {
  const ago = now.value - at;
  return html`<span>${at === 0 ? "–" : ago < 1500 ? "now" : `${roughly(ago)} ago`}</span>`;
}

function Deadline({ record }) {
  const left = (record.deadline ?? 0) - now.value;
  return html`<span>${left > 0 ? `in ${countdown(left)}` : "none"}</span>`;
}

function Picker({ record }) {
  const open = useSignal(false);
  const box = useRef(null);
  useEffect(() => {
    const away = (event) => {
      if (!box.current?.contains(event.target)) open.value = false;
    };
    for (const type of ["pointerdown", "focusin"]) addEventListener(type, away);
    return () => {
      for (const type of ["pointerdown", "focusin"]) removeEventListener(type, away);
    };
  }, []);
  const close = () => {
    open.value = false;
    box.current.querySelector("button").focus();
  };
  const choose = (chosen) => {
    pin(chosen);
    close();
  };
  return html`
    <div class="picker" ref=${box} onKeyDown=${(event) => onKey(event, box.current, open, close)}>
      <button type="button" class="chosen" aria-expanded=${String(open.value)}
        onClick=${() => (open.value = !open.value)}>
        ${record ? html`<${Face} id=${record.visitor} /><${Who} record=${record} small=${record.site} />`
          : html`<span class="who"><b>Nobody yet</b><small>waiting for a visitor</small></span>`}
        <${Icon} name="down" />
      </button>
      ${open.value && html`<${Choices} choose=${choose} />`}
    </div>`;
}

/** Escape closes the list, the arrows walk through it. */
function onKey(event, box, open, close) {
  if (event.key === "Escape" && open.value) close();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  open.value = true;
  const buttons = [...box.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  buttons[Math.max(0, Math.min(at, buttons.length - 1))].focus();
}

function Who({ record, small }) {
  return html`<span class="who"><b class="id" title=${record.visitor}>${shortId(record.visitor)}</b>
    <small>${small}</small></span>`;
}

function Choices({ choose }) {
  version.value;
  return html`
    <div class="choices">
      <button type="button" aria-pressed=${String(pinned.value === null)} onClick=${() => choose(null)}>
        <span class="face follow" aria-hidden="true"><${Icon} name="follow" /></span>
        <span class="who"><b>Follow the latest</b><small>whoever is active</small></span></button>
      ${latestFirst(store).slice(0, LISTED).map((record) => html`
        <button type="button" key=${record.key} aria-pressed=${String(pinned.value === record.key)}
          onClick=${() => choose(record)}>
          <${Face} id=${record.visitor} />
          <${Who} record=${record} small=${`${record.site} · ${record.events} events`} />
          <small><${Ago} at=${record.lastAt} /></small></button>`)}
    </div>`;
}
