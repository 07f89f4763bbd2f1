// The dialog's own words, by language; the message itself comes with the offer.

/** In this order, by their first two letters: chat, voice, video, screenshare, bot, no, close. */
const KEYS = "chvoviscbonocl";

const TEXTS = {
  en: "Chat|Call|Video|Share screen|Ask the assistant|No thanks|Close",
  fi: "Chat|Puhelu|Video|Jaa näyttö|Kysy botilta|Ei kiitos|Sulje",
  sv: "Chatta|Ring|Video|Dela skärm|Fråga boten|Nej tack|Stäng",
  de: "Chat|Anruf|Video|Bildschirm teilen|Bot fragen|Nein danke|Schließen",
  fr: "Chat|Appel|Vidéo|Partager l’écran|Demander au bot|Non merci|Fermer",
};

/** The wished language if there is, else English, else any: [language, value]. */
export const pick = (byLanguage, wish) => {
  const wishes = [wish, wish.slice(0, 2), "en", ...Object.keys(byLanguage)];
  const lang = wishes.find((l) => byLanguage[l]);
  return [lang, byLanguage[lang]];
};

/** word(key): ours in the best language, or the key itself. */
export const words = (wish = "en") => {
  const ours = pick(TEXTS, wish)[1].split("|");
  return (key) => ours[KEYS.indexOf(key.slice(0, 2)) / 2] || key;
};
