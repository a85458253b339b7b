import { isBanSet, isSentinel } from './nft-script.ts'
import type { Listed, SetName } from './place.ts'

/** Numbers of `nft -n`; source: IANA's protocol numbers. */
const PROTOCOLS: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp' }

const SET = /^\tset (\S+) \{$/
const ELEMENTS = 'elements = {'
/** Key, and whatever of time-out and counter follows, in whichever order the version of nft has it. */
const ELEMENT = /^\s*([0-9a-f.:]+)(?: \. (\d+) \. (\d+))?(.*)$/

/** Reads what `nft -n list table` prints, line by line (nft 1.0.6), and gives each element of a ban set. */
export function nftListReader(onElement: (listed: Listed) => void): (line: string) => void {
  let set: SetName | null = null
  let within = false
  return (line) => {
    const name = SET.exec(line)?.[1]
    if (name !== undefined) {
      set = isBanSet(name) ? name : null
      within = false
    }
    const start = line.indexOf(ELEMENTS)
    if (start >= 0) within = true
    if (set === null || !within) return
    for (const text of line.slice(start < 0 ? 0 : start + ELEMENTS.length).split(',')) {
      const listed = elementIn(set, text)
      if (listed !== null && !isSentinel(listed)) onElement(listed)
    }
    if (line.includes('}')) within = false
  }
}

function elementIn(set: SetName, text: string): Listed | null {
  const [, ip, protocol, port, rest = ''] = ELEMENT.exec(text) ?? []
  if (ip === undefined) return null
  const key = protocol === undefined ? ip : `${ip} . ${PROTOCOLS[protocol] ?? protocol} . ${port}`
  const packets = /\bpackets (\d+)/.exec(rest)?.[1]
  return { set, key, packets: packets === undefined ? null : Number(packets) }
}
