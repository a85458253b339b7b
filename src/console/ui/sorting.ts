export type SortValue = string | number | null

export interface Order {
  readonly column: string
  readonly descending: boolean
}

/** Rows by one value, the missing ones last either way; those that are alike keep their order. */
export function sorted<Row>(rows: readonly Row[], by: (row: Row) => SortValue, descending: boolean): Row[] {
  const sign = descending ? -1 : 1
  return rows
    .map((row) => ({ row, value: by(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null)
      if (typeof a.value === 'number' && typeof b.value === 'number') return sign * (a.value - b.value)
      return sign * String(a.value).localeCompare(String(b.value), 'en', { numeric: true })
    })
    .map(({ row }) => row)
}
