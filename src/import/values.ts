import { invalid, type Sections, type Value, type ValueLine } from './ini.ts'

/** Fail2Ban's own tags of a failregex: they are no options. */
const RESERVED = /^(?:HOST|ADDR|IP4|IP6|DNS|CIDR|SUBNET|SKIPLINES|F-[A-Z0-9_-]+)$/
const DEEPEST = 20
/** Characters that may be put in for one line. */
const MOST = 256 * 1024

/** The options of one section, with all that they name put in. What names itself, or grows without end, is an error. */
export interface Values {
  /**
   * An option's lines, `%(name)s`, `%(section/name)s` and `%%` resolved; none where it is not there.
   * @throws SipguardError CONFIG_INVALID with the place, also of a name that is not there
   */
  lines(key: string): ValueLine[]
  /** The same as one text. @throws as lines */
  text(key: string): string
  /** The same with the tags `<name>` and `<section/name>` put in too, as in a filter; tags that name nothing stay. @throws as lines */
  tagged(key: string): ValueLine[]
  has(key: string): boolean
}

/** @param given what stands over the section's own options: `__name__`, the options of `filter = name[mode=x]` */
export function valuesOf(sections: Sections, section: string, given: ReadonlyMap<string, string> = new Map()): Values {
  const within = (places: readonly string[], key: string): Value | undefined =>
    places.map((place) => sections.get(place)?.get(key)).find((value) => value !== undefined)
  const own = (key: string) => within([section, 'Init', 'DEFAULT'], key)

  function find(name: string): string | null {
    const over = given.get(name)
    if (over !== undefined) return over
    const [, of = 'known', key = name] = /^([\w-]+)\/(.+)$/.exec(name) ?? []
    const value = of.toLowerCase() === 'known' ? own(key) : within([of.toLowerCase() === 'default' ? 'DEFAULT' : of, 'DEFAULT'], key)
    return value === undefined ? null : joined(value)
  }

  /** Puts values into one line. */
  function filler(place: string) {
    let left = MOST
    function insert(value: string, depth: number): string {
      left -= 1 + value.length
      if (left < 0 || depth > DEEPEST) throw invalid(place, 'an option that names itself, or grows without end')
      return value
    }
    function interpolate(text: string, depth = 0): string {
      return text.replace(/%%|%\(([^)]{1,200})\)s/g, (found, name: string | undefined) => {
        if (name === undefined) return '%'
        const value = find(name.toLowerCase())
        if (value === null) throw invalid(place, `${found} names no option`)
        return interpolate(insert(value, depth), depth + 1)
      })
    }
    /** Innermost first: `<lt_<logtype>/prefix>`. */
    function fillTags(text: string): string {
      for (let filled = text, depth = 0; ; depth++) {
        const next = filled.replace(/<([\w/-]{1,200})>/g, (tag, name: string) => {
          const value = RESERVED.test(name) ? null : find(name.toLowerCase())
          return value === null ? tag : interpolate(insert(value, depth), depth)
        })
        if (next === filled) return next
        filled = next
      }
    }
    return { interpolate, fillTags }
  }

  const expand = (key: string, tags: boolean) => {
    const over = given.get(key)
    const value = own(key) ?? []
    const raw = over === undefined ? value : [{ text: over, place: value[0]?.place ?? section }]
    return raw.flatMap(({ text, place }) => {
      const { interpolate, fillTags } = filler(place)
      const filled = interpolate(text)
      return (tags ? fillTags(filled) : filled)
        .split('\n')
        .map((line) => ({ text: line.trim(), place }))
        .filter((line) => line.text !== '')
    })
  }
  return {
    lines: (key) => expand(key, false),
    text: (key) => joined(expand(key, false)),
    tagged: (key) => expand(key, true),
    has: (key) => given.has(key) || (own(key)?.length ?? 0) > 0,
  }
}

const joined = (value: Value) => value.map(({ text }) => text).join('\n')
