/* A document as rows: each line of the original beside what is left of it. Nothing here knows an element of the page.
 *
 * The pieces of a document, one after the other, are its original. A piece is
 *
 *     a text     which was kept
 *     an array   an edit: what went, what stands in its place, the index of its group or -1, the index of its rule, the
 *                judge's score or null, and, if the page has only the beginning of what went, the length of all of it
 *     a number   a gap: so many characters of the original are not on the page
 *
 * Places named `start` and `end` count UTF-16 units, as JavaScript does; `offset` and `length` count code points, as
 * Python and the file of decisions do.
 */

const FOLD_FROM = 10; // kept lines in a row from which on their middle is folded; fewer are quicker read than unfolded
const FOLD_EDGE = 3; // kept lines that stay to be seen before and after a fold

/** Return the pieces of a document with their places: [{index, edit, gap, text, offset, length, hidden}].
 *
 * `edit` is null but for edits, `gap` says whether the piece is a gap, and `hidden` is the number of characters of the
 * piece that the page does not have.
 */
function placedPieces(pieces) {
  let offset = 0;
  return pieces.map((piece, index) => {
    const edit = Array.isArray(piece) ? piece : null;
    const gap = typeof piece === "number";
    const text = gap ? "" : edit ? edit[0] : piece;
    const shown = codePoints(text);
    const length = gap ? piece : (edit?.[5] ?? shown);
    const placed = { index, edit, gap, text, offset, length, hidden: length - shown };
    offset += length;
    return placed;
  });
}

/** Return the number of code points of a text. */
function codePoints(text) {
  let number = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      number -= 1;
      i += 1;
    }
  }
  return number;
}

function isHigh(unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Return the lines of a text: [{start, end, next}], where `next` is the end with the line break.
 *
 * A line break is a line feed with the carriage returns right before it, or a lone carriage return.
 */
function linesOf(text) {
  const lines = [];
  let start = 0;
  let position = 0;
  while (position < text.length) {
    const unit = text.charCodeAt(position);
    if (unit !== 10 && unit !== 13) {
      position += 1;
      continue;
    }
    let after = position;
    while (text.charCodeAt(after) === 13) after += 1;
    if (text.charCodeAt(after) === 10) {
      lines.push({ start, end: position, next: after + 1 });
      start = position = after + 1;
    } else {
      for (; position < after; position += 1) {
        lines.push({ start, end: position, next: position + 1 });
        start = position + 1;
      }
    }
  }
  if (start < text.length || !lines.length) lines.push({ start, end: text.length, next: text.length });
  return lines;
}

/** Return the rows of a document: one for each line of its original that the page has, and one for each gap.
 *
 * A row of a line has `number` (1-based; null behind the first gap), `text`, `offset` and `length` of the line with its
 * line break, `isBlank`, `isKept` (no edit touches it), `isWhole` (the page has all of it), and `parts`: what of which
 * piece stands in the line, [{piece, text, isFirst, hidden}]. `isFirst` says that this is the first part of an edit
 * with something to see; there the edit takes the focus. `hidden` counts characters that went and are not on the page.
 * The row of a gap has `gap`: its length.
 */
function rowsOf(pieces) {
  const rows = [];
  const met = new Set(); // pieces whose first part was met
  let number = 1; // of the next line, or null
  let stretch = []; // pieces between two gaps
  const placed = placedPieces(pieces);
  for (let i = 0; i <= placed.length; i++) {
    const piece = placed[i];
    if (piece && !piece.gap) {
      stretch.push(piece);
      if (!piece.hidden) continue;
    }
    if (stretch.length) {
      const found = rowsOfStretch(stretch, number, met);
      if (stretch[0].index > 0) found[0].isWhole = false;
      if (piece) found[found.length - 1].isWhole = false;
      rows.push(...found);
      stretch = [];
      number = null; // only the first stretch begins at a known line
    }
    if (piece?.gap) rows.push({ gap: piece.length, parts: [], isKept: true, isBlank: false, isWhole: false });
  }
  return rows;
}

/** Return the rows of pieces between which there is no gap. `number` is that of the first line, or null. */
function rowsOfStretch(placed, number, met) {
  const original = placed.map((piece) => piece.text).join("");
  const starts = [];
  let end = 0;
  for (const piece of placed) {
    starts.push(end);
    end += piece.text.length;
  }
  let offset = placed[0].offset;
  let first = 0; // the first piece that reaches into the line
  return linesOf(original).map((line, index) => {
    const text = original.slice(line.start, line.end);
    const length = codePoints(original.slice(line.start, line.next));
    const row = { number: number && number + index, text, offset, length, isBlank: text.trim() === "", isKept: true, isWhole: true, parts: [] };
    offset += length;
    const ends = (i) => starts[i] + placed[i].text.length;
    while (first < placed.length - 1 && ends(first) <= line.start && ends(first) < original.length) first += 1;
    for (let i = first; i < placed.length && (starts[i] < line.next || line.next === original.length); i++) {
      const piece = placed[i];
      const within = original.slice(Math.max(starts[i], line.start), Math.min(ends(i), line.end));
      const isHere = within !== "" || (piece.edit && (ends(i) > line.start || !piece.text));
      if (!isHere) continue;
      if (piece.edit) row.isKept = false;
      const isFirst = piece.edit !== null && !met.has(piece.index) && (within.trim() !== "" || piece.edit[1] !== "");
      if (isFirst) met.add(piece.index);
      row.parts.push({ piece, text: within, isFirst, hidden: ends(i) <= line.next ? piece.hidden : 0 });
    }
    return row;
  });
}

/** Return the rows in blocks: [{rows, folded}]; the middle of a long stretch of kept lines is folded. */
function foldedRows(rows) {
  const blocks = [];
  let open = [];
  let stretch = [];
  const close = (isLast) => {
    const isFirst = blocks.length === 0 && open.length === 0;
    const head = isFirst ? 0 : FOLD_EDGE;
    const tail = isLast ? 0 : FOLD_EDGE;
    if (stretch.length < FOLD_FROM || (isFirst && isLast)) {
      open.push(...stretch);
    } else {
      open.push(...stretch.slice(0, head));
      if (open.length) blocks.push({ rows: open, folded: false });
      blocks.push({ rows: stretch.slice(head, stretch.length - tail), folded: true });
      open = stretch.slice(stretch.length - tail);
    }
    stretch = [];
  };
  for (const row of rows) {
    if (row.isKept && !row.gap) {
      stretch.push(row);
    } else {
      close(false);
      open.push(row);
    }
  }
  close(true);
  if (open.length) blocks.push({ rows: open, folded: false });
  return blocks;
}

/** Return the rows around an edit: up to `around` rows that hold text before and after it, or after its block.
 *
 * The edits of a block are of one group. Of a block, up to `most` rows are returned.
 */
function rowsAround(rows, pieceIndex, around, most) {
  const at = rows.findIndex((row) => row.parts.some((part) => part.piece.index === pieceIndex && part.isFirst));
  if (at < 0) return [];
  const group = rows[at].parts.find((part) => part.piece.index === pieceIndex).piece.edit[2];
  let end = at + 1; // of the block, excluded
  while (group >= 0 && end < rows.length && rows[end].parts.some(({ piece }) => piece.edit?.[2] === group)) end += 1;
  const step = (from, direction) => {
    const found = [];
    for (let i = from; i >= 0 && i < rows.length && found.length < around; i += direction) {
      if (!rows[i].isBlank) found.push(rows[i]);
    }
    return found;
  };
  const block = rows.slice(at, end).filter((row) => !row.isBlank);
  const after = block.length > most ? [] : step(end, 1);
  return [...step(at - 1, -1).reverse(), ...block.slice(0, most), ...after];
}
