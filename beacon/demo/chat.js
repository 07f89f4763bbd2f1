// The shop's chat panel: stands where a real shop's widget would open. It opens when the visitor
// accepts an offer, and shows what the person answering would see.

import { money } from "./catalog.js";
import { $, cart, escape, html, icon } from "./shop.js";

const WORDS = {
  chat: "I can see where you are, so no need to explain from the start. What is in the way?",
  voice: "We will call you in a moment. Which number is best?",
  video: "I will start the video as soon as you are ready. Your camera stays off until you say so.",
  screenshare: "You can show me your screen whenever you like; only this page, nothing else.",
  bot: "Hello! I am the assistant. Ask me about delivery, returns or sizes.",
};

let talk; // {trigger, channel, began}

const bubble = (who, text) => `<li class="${who}">${escape(text)}</li>`;

const sees = ({ id, rule, channel }) => html`<details class="sees"><summary>What Aino sees</summary><dl>
  <div><dt>Trigger</dt><dd class="mono" data-trigger>${escape(id)}</dd></div>
  <div><dt>Rule</dt><dd class="mono" data-rule>${escape(rule)}</dd></div>
  <div><dt>Channel</dt><dd>${escape(channel)}</dd></div>
  <div><dt>Page</dt><dd>${escape(location.pathname + location.search)}</dd></div>
  <div><dt>Cart</dt><dd>${cart.count() ? `${money(cart.value())}: ${cart.items().map((i) => `${i.quantity} × ${i.item_name}`).join(", ")}` : "empty"}</dd></div></dl></details>`;

const close = () => {
  $(".chat")?.remove();
  if (!talk) return;
  const { trigger, channel, began } = talk;
  window.vinkki("track", "conversation_ended", { trigger, channel, seconds: Math.round((Date.now() - began) / 1000) });
  talk = undefined;
};

const open = (accepted) => {
  close();
  const panel = document.createElement("section");
  panel.className = "chat";
  panel.setAttribute("aria-label", "Chat with Tuohi");
  panel.innerHTML = html`<header><span class="face" aria-hidden="true">A</span><div><b>Aino</b><small>Tuohi help, Helsinki</small></div>
    <button class="close" aria-label="Close the chat">${icon("close")}</button></header>
    ${sees(accepted)}
    <ol class="talk" aria-live="polite">${bubble("them", `Hei, Aino here. ${WORDS[accepted.channel] || WORDS.chat}`)}</ol>
    <form><label class="sr" for="say">Message</label><input id="say" autocomplete="off" placeholder="Write a message" /><button aria-label="Send">${icon("send")}</button></form>`;
  document.body.append(panel);
  talk = { trigger: accepted.id, channel: accepted.channel, began: Date.now() };
  window.vinkki("track", "conversation_started", { trigger: talk.trigger, channel: talk.channel });
  $(".close", panel).addEventListener("click", close);
  $("form", panel).addEventListener("submit", (e) => {
    e.preventDefault();
    const say = $("#say");
    const text = say.value.trim();
    if (!text) return;
    say.value = "";
    $(".talk", panel).insertAdjacentHTML("beforeend", bubble("me", text));
    setTimeout(() => $(".talk", panel).insertAdjacentHTML("beforeend", bubble("them", "Got it, one moment. (In a real shop, a person answers here.)")), 900);
  });
};

/** Takes care of accepted offers from now on. */
export const chat = () =>
  window.vinkki("on", "accept", (accepted) => {
    open(accepted);
    return true;
  });
