/**
 * Writes the tables of docs/configuration.md anew, from what the schemas say of their keys. Run it again when those have changed:
 * npm run docs. tests/docs-configuration.test.ts fails until then.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { configuration } from '../src/config/config-file.ts'
import { packageRoot } from '../src/config/index.ts'
import { jail } from '../src/config/jail-file.ts'
import type { KeyText } from '../src/config/schema.ts'
import { markdownTable, replaceTables } from './page-tables.ts'

const PAGE = join(packageRoot, 'docs/configuration.md')

/** What is known of a schema's inside: zod's `_zod.def` of the wrappers that are used here. */
interface Inside {
  readonly innerType?: z.core.$ZodType
  readonly out?: z.core.$ZodType
  readonly element?: z.core.$ZodType
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
}

/** The keys of a mapping, whatever is around it: optional, a list of such, or a shorter spelling. Null where there is none. */
function shapeOf(schema: z.core.$ZodType): Inside['shape'] | null {
  const { shape, innerType, out, element } = schema._zod.def as Inside
  const within = innerType ?? out ?? element
  return shape ?? (within === undefined ? null : shapeOf(within))
}

/** Every mapping of the configuration that has keys of its own, by its path: `sources/journal`. */
export function describedMappings(): ReadonlyMap<string, Readonly<Record<string, z.core.$ZodType>>> {
  const found = new Map<string, Readonly<Record<string, z.core.$ZodType>>>()
  const visit = (schema: z.core.$ZodType, path: readonly string[]) => {
    const shape = shapeOf(schema)
    if (!shape) return
    found.set(path.join('/') || 'the file', shape)
    for (const [name, child] of Object.entries(shape)) visit(child, [...path, name])
  }
  visit(configuration, [])
  visit(jail, ['jails'])
  return found
}

function keyTable(name: string): string {
  const shape = describedMappings().get(name)
  if (shape === undefined) throw new Error(`docs/configuration.md: there is no mapping '${name}'`)
  const rows = Object.entries(shape).map(([key, schema]) => {
    const text = (schema as z.ZodType).meta() as KeyText | undefined
    if (text?.description === undefined) throw new Error(`the schema says nothing of '${key}' of ${name}: .meta(key(…))`)
    return [`\`${key}\``, text.value, text.default, text.description, text.error]
  })
  return markdownTable(['key', 'value', 'default', 'effect', 'an error is'], rows)
}

export const withTables = (page: string): string => replaceTables(page, 'keys', keyTable)

if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')))
