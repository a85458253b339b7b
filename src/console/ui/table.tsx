/* biome-ignore-all lint/a11y/noRedundantRoles: a table that is not displayed as one loses its roles, and a phone shows each row as a card */
import type { ComponentChildren, TargetedFocusEvent, TargetedKeyboardEvent } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Order, type SortValue, sorted } from './sorting.ts'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** By what the column sorts; without it it does not. */
  readonly sort?: (row: Row) => SortValue
  /** Figures stand on the right. */
  readonly numeric?: boolean
  /** The cell takes what room there is, and breaks. */
  readonly wide?: boolean
}

/** Rows that are marked, by their keys. */
export interface Selection {
  readonly keys: ReadonlySet<string>
  readonly onChange: (keys: ReadonlySet<string>) => void
}

interface TableProps<Row> {
  /** Read aloud before the table. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly order?: Order
  readonly selection?: Selection
}

/** Rows that are drawn at first, and more each time somebody asks. */
const PAGE = 200

/** A table that sorts by its headings; up and down go to the same control of the next row. On a phone each row is a card. */
export function Table<Row>({ caption, columns, rows, keyOf, order: initial, selection }: TableProps<Row>) {
  const [order, setOrder] = useState<Order | null>(initial ?? null)
  const [limit, setLimit] = useState(PAGE)
  const by = columns.find(({ id }) => id === order?.column)?.sort
  const all = by && order ? sorted(rows, by, order.descending) : rows
  const shown = all.slice(0, limit)
  const keptFocus = useKeptFocus()

  return (
    <>
      <table role="table" onKeyDown={moveByRow} {...keptFocus}>
        <caption class="unseen">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th role="columnheader" scope="col" class="mark">
                <input type="checkbox" aria-label="Select all" {...allMarked(rows.map(keyOf), selection)} />
              </th>
            )}
            {columns.map((column) => (
              <Heading key={column.id} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => {
            const key = keyOf(row)
            return (
              <tr role="row" key={key} class={selection?.keys.has(key) ? 'marked' : ''}>
                {selection && (
                  <td role="cell" class="mark">
                    <input type="checkbox" aria-label={`Select ${key}`} {...marked(key, selection)} />
                  </td>
                )}
                {columns.map(({ id, title, cell, numeric, wide }) => (
                  <td role="cell" key={id} data-title={title} class={`${numeric ? 'numeric' : ''}${wide ? ' wide' : ''}`}>
                    <div class="cell">{cell(row)}</div>
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
      {all.length > limit && (
        <p class="more">
          {limit} of {all.length} shown.{' '}
          <button type="button" onClick={() => setLimit(limit + PAGE)}>
            Show {Math.min(PAGE, all.length - limit)} more
          </button>
        </p>
      )}
    </>
  )
}

interface HeadingProps<Row> {
  readonly column: Column<Row>
  readonly order: Order | null
  readonly onOrder: (order: Order) => void
}

function Heading<Row>({ column, order, onOrder }: HeadingProps<Row>) {
  const { id, title, sort, numeric } = column
  const css = numeric ? 'numeric' : ''
  if (!sort) {
    return (
      <th role="columnheader" scope="col" class={css}>
        {title}
      </th>
    )
  }
  const direction = order?.column !== id ? 'none' : order.descending ? 'descending' : 'ascending'
  return (
    <th role="columnheader" scope="col" class={css} aria-sort={direction}>
      <button type="button" class="plain" onClick={() => onOrder({ column: id, descending: direction === 'ascending' })}>
        {title}
      </button>
    </th>
  )
}

function marked(key: string, { keys, onChange }: Selection) {
  return {
    checked: keys.has(key),
    onChange: () => {
      const next = new Set(keys)
      if (!next.delete(key)) next.add(key)
      onChange(next)
    },
  }
}

function allMarked(all: readonly string[], { keys, onChange }: Selection) {
  const count = all.filter((key) => keys.has(key)).length
  const every = count > 0 && count === all.length
  return { checked: every, indeterminate: count > 0 && !every, onChange: () => onChange(new Set(every ? [] : all)) }
}

const CONTROLS = 'a[href], button, input, select, summary'

/** Where a control stands: which row (the heading is 0), which cell of it, which control there. */
type Place = readonly [row: number, cell: number, control: number]

const controlsIn = (cell: Element | undefined) => [...(cell?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])]

function placeOf(control: HTMLElement): Place | null {
  const cell = control.closest('td, th') as HTMLTableCellElement | null
  const row = cell?.parentElement as HTMLTableRowElement | null
  return cell && row && [row.rowIndex, cell.cellIndex, controlsIn(cell).indexOf(control)]
}

/** Gives the focus to the control at this place, or the nearest in its cell. Whether there was one. */
function focusAt(table: HTMLTableElement, [row, cell, control]: Place): boolean {
  const controls = controlsIn(table.rows[row]?.cells[cell])
  const target = controls[Math.min(control, controls.length - 1)]
  target?.focus()
  return target !== undefined
}

function moveByRow(event: TargetedKeyboardEvent<HTMLTableElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const place = placeOf(event.target as HTMLElement)
  if (step === 0 || place === null) return
  const [row, cell, control] = place
  if (focusAt(event.currentTarget, [row + step, cell, control])) event.preventDefault()
}

/** Whoever works through a list goes on at the same place when the row he was in is gone. */
function useKeptFocus() {
  const table = useRef<HTMLTableElement>(null)
  const last = useRef<{ readonly control: HTMLElement; readonly place: Place } | null>(null)
  useLayoutEffect(() => {
    if (!table.current || !last.current || last.current.control.isConnected || document.activeElement !== document.body) return
    const [row, cell, control] = last.current.place
    focusAt(table.current, [Math.min(row, table.current.rows.length - 1), cell, control])
  })
  const onFocusIn = (event: TargetedFocusEvent<HTMLTableElement>) => {
    const control = event.target as HTMLElement
    const place = placeOf(control)
    last.current = place && { control, place }
  }
  return { ref: table, onFocusIn }
}
