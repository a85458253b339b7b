import type { ConfigurationFile } from './included.ts'

/** One `key = value` (or `=>`) of a section. */
export interface Setting {
  readonly key: string
  readonly value: string
  readonly file: ConfigurationFile
  readonly index: number
}

export interface Section {
  readonly name: string
  readonly settings: readonly Setting[]
}

const HEADING = /^\s*\[([^\]]+)\]\s*(?:\(([^)]*)\))?/
const SETTING = /^\s*([^=\s][^=]*?)\s*=>?\s*(.*?)\s*$/

/**
 * Asterisk's configuration (main/config.c): sections with the settings of the templates that they name before their own. Comments are
 * `;` to the line's end (but `\;`) and `;-- … --;`. What an #include puts into the midst of a section is a section's own file here, as it
 * almost always is. Templates themselves, `[name](!)`, are left out.
 */
export function sectionsOf(files: readonly ConfigurationFile[]): Section[] {
  const known = new Map<string, Setting[]>()
  const sections: Section[] = []
  for (const file of files) {
    let settings: Setting[] = []
    let index = 0
    for (const raw of withoutComments(file.text).split('\n')) {
      const [heading, name = '', inside = ''] = HEADING.exec(raw) ?? []
      if (heading !== undefined) {
        const words = inside.split(',').map((word) => word.trim())
        settings = words.includes('+') ? (known.get(name) ?? []) : words.flatMap((template) => known.get(template) ?? [])
        known.set(name, settings)
        if (!words.includes('!') && !words.includes('+')) sections.push({ name, settings })
      } else {
        const [, key, value = ''] = SETTING.exec(raw) ?? []
        if (key !== undefined) settings.push({ key: key.toLowerCase(), value, file, index: index + raw.search(/\S/) })
      }
      index += raw.length + 1
    }
  }
  return sections
}

function withoutComments(text: string): string {
  return text.replace(/;--[\s\S]*?(?:--;|$(?![\s\S]))|(?<!\\);[^\n]*/g, (found) => found.replace(/[^\n]/g, ' '))
}

/** The last value of a key. */
export const settingOf = ({ settings }: Section, key: string): Setting | undefined => settings.findLast((setting) => setting.key === key)
