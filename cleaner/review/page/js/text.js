/* Text and elements: everything that the page shows goes through `make`, which writes text and never markup.
 *
 * Documents are written by strangers. So no string of theirs is ever read as HTML, and characters that are invisible or
 * that turn the direction of the text around are shown by a sign such as ⟨U+202E⟩.
 */

// Controls but for the tab, marks and overrides of direction, invisible spaces, U+2028, tags, and lone surrogates.
// Joiners (U+200C, U+200D) and soft hyphens stay as they are: scripts, emoji and ordinary texts need them.
const UNSEEN =
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}\p{Cs}]/gu;

const NUMBERS = new Intl.NumberFormat("en");

/** Return the sign for an invisible character, such as ⟨U+202E⟩. */
function signOf(character) {
  return `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** Append a text to an element, with signs in the place of invisible characters. */
function appendText(element, text) {
  let position = 0;
  for (const found of text.matchAll(UNSEEN)) {
    element.append(text.slice(position, found.index));
    const sign = document.createElement("span");
    sign.className = "sign";
    sign.textContent = signOf(found[0]);
    element.append(sign);
    position = found.index + found[0].length;
  }
  element.append(text.slice(position));
}

/** Return a new element with attributes (undefined, null and false are left out) and children (texts or elements). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  for (const child of children.flat()) {
    if (typeof child === "string") appendText(element, child);
    else if (child) element.append(child);
  }
  return element;
}

/** Return a new element of SVG with attributes. */
function makeSvg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Set the attributes of an element; the value true makes an empty one. */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Return an element for a text of strangers, which keeps its direction to itself. */
function foreign(text, attributes = {}) {
  return make("bdi", { dir: "auto", lang: "", ...attributes }, text);
}

/** Return the element with an id of the template. */
function byId(id) {
  return document.getElementById(id);
}

/** Return a number with separators of thousands. */
function count(number) {
  return NUMBERS.format(number);
}

/** Return a number with its noun, such as "1 line" or "2 lines". */
function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return a share (0 to 1) in per cent: whole numbers from 10 % on, one decimal below. */
function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value >= 9.95 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
}

/** Return the beginning of a text, cut between characters, with an ellipsis where something was cut. */
function shortened(text, limit) {
  const line = text.trim().replace(/\s+/gu, " ");
  if (line.length <= limit) return line;
  return `${Array.from(line.slice(0, limit + 1)).slice(0, -1).join("")}…`;
}

/** Return a bar (an SVG picture, for the eye only) that is filled by a share, 0 to 1. */
function bar(share, className) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return makeSvg(
    "svg",
    { class: "meter", "aria-hidden": "true", focusable: "false" },
    makeSvg("rect", { class: "meter-all", width: "100%", height: "100%", rx: 2 }),
    makeSvg("rect", { class: className, width, height: "100%", rx: 2 }),
  );
}
