/** `12,331`. */
export const formatNumber = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 ban`, `12,331 lines`. */
export const plural = (count: number, what: string): string => `${formatNumber(count)} ${what}${count === 1 ? '' : 's'}`
