/**
 * Sources cut lines at so many bytes (src/sources/lines.ts MAX_LINE): a text that is as long may be one that was cut, and what is
 * missing may say otherwise.
 */
export const LONGEST_LINE = 65_536
