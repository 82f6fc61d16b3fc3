/**
 * Reads the page aloud with a voice of this device, a sentence's element at a time, and marks what
 * it is reading. The button shows only where there is such a voice: voices that live elsewhere
 * would send the words to somebody else's computer.
 */

const button = document.querySelector("[data-read-aloud]");
const speech = window.speechSynthesis;
const BLOCKS =
  "h1, h2, h3, h4, p, li, dt, dd, figcaption, caption, th, td, legend, [data-read-aloud-option]";
// A form is read only where its page says so: most are filled in with the keyboard.
const SKIPPED =
  "nav, form:not([data-read-aloud-form]), [hidden], [aria-hidden=true], [data-read-aloud-skip], .visually-hidden";

function languageOf(element) {
  return element.closest("[lang]")?.lang || "en-GB";
}

/** A voice of the device for a language; the same country's if there is one. */
function voiceFor(language) {
  const near = (voice) => voice.lang.replace("_", "-").toLowerCase();
  const wanted = language.toLowerCase();
  const own = speech.getVoices().filter((voice) => voice.localService);
  return (
    own.find((voice) => near(voice) === wanted) ??
    own.find((voice) => near(voice).split("-")[0] === wanted.split("-")[0])
  );
}

/** The innermost elements that hold words, in order. */
function blocks() {
  const all = [...document.querySelector("main").querySelectorAll(BLOCKS)];
  return all.filter(
    (each) => !each.closest(SKIPPED) && !each.querySelector(BLOCKS) && each.innerText.trim() !== "",
  );
}

function wordsOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(SKIPPED).forEach((part) => part.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function mark(element) {
  document.querySelector(".is-read-aloud")?.classList.remove("is-read-aloud");
  element?.classList.add("is-read-aloud");
}

function show(isReading) {
  button.querySelector("[data-read-aloud-start]").hidden = isReading;
  button.querySelector("[data-read-aloud-stop]").hidden = !isReading;
}

function stop() {
  speech.cancel();
  mark(null);
  show(false);
}

function utteranceOf(element) {
  const utterance = new SpeechSynthesisUtterance(wordsOf(element));
  utterance.lang = languageOf(element);
  utterance.voice = voiceFor(utterance.lang) ?? null;
  utterance.rate = 0.9;
  utterance.onstart = () => mark(element);
  return utterance;
}

function start() {
  const readable = blocks().filter((each) => voiceFor(languageOf(each)) && wordsOf(each));
  const utterances = readable.map(utteranceOf);
  if (utterances.length === 0) return;
  utterances.at(-1).onend = stop;
  speech.cancel();
  utterances.forEach((utterance) => speech.speak(utterance));
  show(true);
}

function offer() {
  button.hidden = !voiceFor(document.documentElement.lang);
}

if (button && speech) {
  offer();
  // Many browsers find their voices only after a while.
  speech.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => (speech.speaking ? stop() : start()));
  // Speech would go on over the next page.
  window.addEventListener("pagehide", () => speech.cancel());
}
