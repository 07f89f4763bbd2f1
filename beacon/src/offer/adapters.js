// What accepting opens. The shop's mark names it: data-vinkki-chat="chatwoot" on any element (the
// script tag does); without a mark, the first system found on the page is used.
//
// An adapter is global: (widget, about) => what opens it. The mark is a part of the global's name,
// or of the name behind it. about is {vinkki_trigger, vinkki_rule, vinkki_page}, set before the
// widget opens, so that the agent sees them. All run inside the accepting click.

const ADAPTERS = {
  $chatwoot(w, about) {
    w.setCustomAttributes(about);
    w.toggle("open");
  },
  Intercom(w, about) {
    w("update", about);
    w("show");
  },
  "zE zendesk"(w) {
    if (window.$zopim) w("webWidget", "open");
    else w("messenger", "open");
  },
  Tawk_API(w, about) {
    w.addEvent("vinkki", about, () => {});
    w.maximize();
  },
  LiveChatWidget(w, about) {
    w.call("set_session_variables", about);
    w.call("maximize");
  },
  RocketChat(w, about) {
    w(function () {
      for (const key in about) this.setCustomField(key, about[key]);
      this.maximizeWidget();
    });
  },
  $crisp(w, about) {
    w.push(["set", "session:data", [Object.entries(about)]], ["do", "chat:open"]);
  },
  tidioChatApi(w) {
    w.show();
    w.open();
  },
  HubSpotConversations({ widget }) {
    widget.load();
    widget.open();
  },
  Genesys(w, about) {
    w("command", "Database.set", { messaging: { customAttributes: about } });
    w("command", "Messenger.open");
  },
  "fcWidget freshchat"(w, about) {
    w.user.setProperties(about);
    w.open();
  },
  olark(w) {
    w("api.box.expand");
  },
  smartsupp(w, about) {
    w("variables", about);
    w("chat:open");
  },
};

const mark = (name) =>
  document.querySelector(`[${(name = "data-vinkki-" + name)}]`)?.getAttribute(name);

/** Opens what the shop uses for the channel; false when there is nothing. Throws what a widget
 * throws. */
export const open = (channel, about) => {
  const voice = mark("voice"); // a telephone number
  const meet = mark("jitsi"); // the address of a Jitsi Meet server
  if (channel == "voice" && voice) return (location.href = "tel:" + voice);
  if (/^(v|s)/.test(channel) && meet) {
    const muted = channel != "video";
    return window.open(`${meet}/${about.vinkki_trigger}#config.startWithVideoMuted=${muted}`);
  }
  const wanted = mark("chat") || "";
  for (const key in ADAPTERS) {
    const widget = key.toLowerCase().includes(wanted) && window[key.split(" ")[0]];
    if (widget) return ADAPTERS[key](widget, about), 1;
  }
};
