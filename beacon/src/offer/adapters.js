// What accepting opens. The shop's mark names it: data-vinkki-chat="chatwoot" on any element (the
// script tag does); without a mark, the first system found on the page is used.
//
// An adapter is "name global": (widget, about) => what opens it. about is {vinkki_trigger,
// vinkki_rule, vinkki_page}, set before the widget opens, so that the agent sees them. All run
// inside the accepting click.

const ADAPTERS = {
  "chatwoot $chatwoot"(w, about) {
    w.setCustomAttributes(about);
    w.toggle("open");
  },
  "intercom Intercom"(w, about) {
    w("update", about);
    w("show");
  },
  "zendesk zE"(w) {
    if (window.$zopim) w("webWidget", "open");
    else w("messenger", "open");
  },
  "tawk Tawk_API"(w, about) {
    w.addEvent("vinkki", about, () => {});
    w.maximize();
  },
  "livechat LiveChatWidget"(w, about) {
    w.call("set_session_variables", about);
    w.call("maximize");
  },
  "rocketchat RocketChat"(w, about) {
    w(function () {
      for (const key in about) this.setCustomField(key, about[key]);
      this.maximizeWidget();
    });
  },
  "crisp $crisp"(w, about) {
    w.push(["set", "session:data", [Object.entries(about)]], ["do", "chat:open"]);
  },
  "tidio tidioChatApi"(w) {
    w.show();
    w.open();
  },
  "hubspot HubSpotConversations"({ widget }) {
    widget.load();
    widget.open();
  },
  "genesys Genesys"(w, about) {
    w("command", "Database.set", { messaging: { customAttributes: about } });
    w("command", "Messenger.open");
  },
  "freshchat fcWidget"(w, about) {
    w.user.setProperties(about);
    w.open();
  },
  "olark olark"(w) {
    w("api.box.expand");
  },
  "smartsupp smartsupp"(w, about) {
    w("variables", about);
    w("chat:open");
  },
};

const mark = (name) => {
  name = "data-vinkki-" + name;
  const el = document.querySelector(`[${name}]`);
  return el && el.getAttribute(name);
};

/** Opens what the shop uses for the channel; false when there is nothing. Throws what a widget throws. */
export const open = (channel, about) => {
  const voice = mark("voice"); // a telephone number
  const meet = mark("jitsi"); // the address of a Jitsi Meet server
  if (channel == "voice" && voice) return (location.href = "tel:" + voice);
  if (/^(v|s)/.test(channel) && meet) {
    return window.open(`${meet}/${about.vinkki_trigger}#config.startWithVideoMuted=${channel != "video"}`);
  }
  const wanted = mark("chat");
  return Object.keys(ADAPTERS).some((key) => {
    const [name, global] = key.split(" ");
    const widget = (!wanted || wanted == name) && window[global];
    if (widget) ADAPTERS[key](widget, about);
    return widget;
  });
};
