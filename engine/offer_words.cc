#include "engine/offer_words.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/keys.h"

namespace vinkki::engine {
namespace {

// language, chat, voice, video, screenshare, bot, no, close. To add one, write a row at its place.
constexpr std::array kWords = std::to_array<OfferWords>({
    {"ar", "دردشة", "مكالمة", "فيديو", "مشاركة الشاشة", "اسأل المساعد", "لا، شكرًا", "إغلاق"},
    {"bg", "Чат", "Обаждане", "Видео", "Споделяне на екрана", "Попитайте бота", "Не, благодаря",
     "Затваряне"},
    {"ca", "Xat", "Trucada", "Vídeo", "Comparteix la pantalla", "Pregunta al bot", "No, gràcies",
     "Tanca"},
    {"cs", "Chat", "Hovor", "Video", "Sdílet obrazovku", "Zeptat se bota", "Ne, děkuji", "Zavřít"},
    {"da", "Chat", "Ring op", "Video", "Del skærm", "Spørg botten", "Nej tak", "Luk"},
    {"de", "Chat", "Anruf", "Video", "Bildschirm teilen", "Bot fragen", "Nein danke", "Schließen"},
    {"el", "Συνομιλία", "Κλήση", "Βίντεο", "Κοινή χρήση οθόνης", "Ρωτήστε το bot", "Όχι, ευχαριστώ",
     "Κλείσιμο"},
    {"en", "Chat", "Call", "Video", "Share screen", "Ask the assistant", "No thanks", "Close"},
    {"es", "Chat", "Llamada", "Vídeo", "Compartir pantalla", "Preguntar al bot", "No, gracias",
     "Cerrar"},
    {"et", "Vestlus", "Kõne", "Video", "Jaga ekraani", "Küsi robotilt", "Ei, aitäh", "Sulge"},
    {"fi", "Chat", "Puhelu", "Video", "Jaa näyttö", "Kysy botilta", "Ei kiitos", "Sulje"},
    {"fr", "Chat", "Appel", "Vidéo", "Partager l’écran", "Demander au bot", "Non merci", "Fermer"},
    {"hr", "Chat", "Poziv", "Video", "Podijeli zaslon", "Pitaj bota", "Ne, hvala", "Zatvori"},
    {"hu", "Csevegés", "Hívás", "Videó", "Képernyő megosztása", "Kérdezze a botot", "Köszönöm, nem",
     "Bezárás"},
    {"is", "Spjall", "Símtal", "Myndsímtal", "Deila skjá", "Spyrja spjallmennið", "Nei takk",
     "Loka"},
    {"it", "Chat", "Chiamata", "Video", "Condividi lo schermo", "Chiedi al bot", "No, grazie",
     "Chiudi"},
    {"lt", "Pokalbis", "Skambutis", "Vaizdo skambutis", "Bendrinti ekraną", "Klausti roboto",
     "Ne, ačiū", "Uždaryti"},
    {"lv", "Tērzēšana", "Zvans", "Video", "Kopīgot ekrānu", "Jautāt robotam", "Nē, paldies",
     "Aizvērt"},
    {"mt", "Chat", "Sejħa", "Vidjo", "Aqsam l-iskrin", "Staqsi lill-bot", "Le, grazzi", "Agħlaq"},
    {"nb", "Chat", "Ring", "Video", "Del skjerm", "Spør boten", "Nei takk", "Lukk"},
    {"nl", "Chatten", "Bellen", "Video", "Scherm delen", "Vraag het de bot", "Nee, bedankt",
     "Sluiten"},
    {"nn", "Chat", "Ring", "Video", "Del skjerm", "Spør boten", "Nei takk", "Lukk"},
    {"no", "Chat", "Ring", "Video", "Del skjerm", "Spør boten", "Nei takk", "Lukk"},
    {"pl", "Czat", "Połączenie", "Wideo", "Udostępnij ekran", "Zapytaj bota", "Nie, dziękuję",
     "Zamknij"},
    {"pt", "Chat", "Chamada", "Vídeo", "Partilhar ecrã", "Perguntar ao bot", "Não, obrigado",
     "Fechar"},
    {"pt-br", "Chat", "Ligação", "Vídeo", "Compartilhar tela", "Perguntar ao bot", "Não, obrigado",
     "Fechar"},
    {"ro", "Chat", "Apel", "Video", "Partajează ecranul", "Întreabă botul", "Nu, mulțumesc",
     "Închide"},
    {"ru", "Чат", "Звонок", "Видео", "Показать экран", "Спросить бота", "Нет, спасибо", "Закрыть"},
    {"sk", "Chat", "Hovor", "Video", "Zdieľať obrazovku", "Opýtať sa bota", "Nie, ďakujem",
     "Zavrieť"},
    {"sl", "Klepet", "Klic", "Video", "Deli zaslon", "Vprašaj bota", "Ne, hvala", "Zapri"},
    {"sv", "Chatta", "Ring", "Video", "Dela skärm", "Fråga boten", "Nej tack", "Stäng"},
    {"tr", "Sohbet", "Sesli arama", "Görüntülü arama", "Ekranı paylaş", "Bota sor",
     "Hayır, teşekkürler", "Kapat"},
    {"uk", "Чат", "Дзвінок", "Відео", "Показати екран", "Запитати бота", "Ні, дякую", "Закрити"},
});

const OfferWords* Find(std::string_view language) {
  const auto found = std::ranges::lower_bound(kWords, language, {}, &OfferWords::language);
  return found != kWords.end() && found->language == language ? found : nullptr;
}

}  // namespace

std::string_view OfferWords::For(rules::Channel channel) const {
  switch (channel) {
    case rules::Channel::kChat: return chat;
    case rules::Channel::kVoice: return voice;
    case rules::Channel::kVideo: return video;
    case rules::Channel::kScreenshare: return screenshare;
    case rules::Channel::kBot: return bot;
  }
  return chat;
}

std::span<const OfferWords> AllOfferWords() { return kWords; }

const OfferWords& OfferWordsOf(std::string_view language) {
  const std::string lower = Lower(language);
  if (const OfferWords* words = Find(lower)) return *words;
  if (const OfferWords* words = Find(lower.substr(0, lower.find('-')))) return *words;
  return *Find("en");
}

void WriteLabels(JsonWriter* w, std::span<const rules::Channel> channels,
                 const std::map<std::string, std::string>& message) {
  const auto write = [&](const std::string& language) {
    const OfferWords& words = OfferWordsOf(language);
    w->Key(language).BeginObject();
    for (const rules::Channel channel : channels) {
      w->Key(rules::ChannelNames()[static_cast<size_t>(channel)]).Text(words.For(channel));
    }
    w->Key("no").Text(words.no);
    w->Key("close").Text(words.close);
    w->EndObject();
  };
  w->BeginObject();
  for (const auto& [language, text] : message) write(language);
  if (message.empty()) write("en");
  w->EndObject();
}

}  // namespace vinkki::engine
