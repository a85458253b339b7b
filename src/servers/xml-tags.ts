import type { ConfigurationFile } from './included.ts'

/** An opening tag of FreeSWITCH's configuration. */
export interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly file: ConfigurationFile
  readonly index: number
}

/** All opening tags of a file, in their order; comments count for nothing. */
export function tagsOf(file: ConfigurationFile): Tag[] {
  const text = file.text.replace(/<!--[\s\S]*?(?:-->|$(?![\s\S]))/g, (found) => found.replace(/[^\n]/g, ' '))
  return [...text.matchAll(/<([A-Za-z][\w-]*)\b([^>]*)>/g)].map(({ index, 1: name = '', 2: inside = '' }) => ({
    name,
    attributes: new Map([...inside.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, key = '', a, b]) => [key, a ?? b ?? ''])),
    file,
    index,
  }))
}

/** `<param name="NAME" value="…"/>` */
export const isParam = (tag: Tag, name: string): boolean => tag.name === 'param' && tag.attributes.get('name') === name
