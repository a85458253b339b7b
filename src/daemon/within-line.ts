/** What a stored mark ends with where reading stopped within a line: between the parts that Docker or the journal made of it. */
const WITHIN_LINE = '\n+'

export const markWithinLine = (mark: string): string => mark + WITHIN_LINE

export const isWithinLine = (mark: string): boolean => mark.endsWith(WITHIN_LINE)

/** The mark as its source wrote it. */
export const sourceMark = (mark: string): string => (isWithinLine(mark) ? mark.slice(0, -WITHIN_LINE.length) : mark)
