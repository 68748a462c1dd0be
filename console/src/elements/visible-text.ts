/**
 * Characters that are there without being seen, or that change how their neighbours are read: controls but tabs and line
 * ends, marks of writing direction, and spaces without a width. The joiners of scripts and emoji are not among them.
 */
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

export interface TextPart {
  readonly text: string;
  /** That the text names a character in the place of the character itself. */
  readonly isHidden: boolean;
}

/** A text in parts, with each character that could not be seen named: U+202E. */
export function textParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    if (index > end) parts.push({ text: text.slice(end, index), isHidden: false });
    parts.push({ text: nameOf(character), isHidden: true });
    end = index + character.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isHidden: false });
  return parts;
}

/** The same as one text, for places that take no elements: `a⟨U+202E⟩b`. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) => `⟨${nameOf(character)}⟩`);
}

/** Whether parts of the text may be read in another order than they stand in. */
export function hasDirectionMarks(text: string): boolean {
  return DIRECTION.test(text);
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
