import { join } from 'node:path'
import type { Lab } from './lab.ts'
import { ATTACKER6, ATTACKERS, CARRIER, DESK, OFFICE, PHONE, SBC, SBC6, UNKNOWN } from './network.ts'

/** sipvicious' own default for -t, seconds without an answer before its next request: about 160 requests, 80 guesses a second here. */
const FULL_PACE = 0.005

export interface Attack {
  readonly title: string
  readonly host: 'attacker' | 'lan'
  /** As the SBC sees them. */
  readonly sources: readonly string[]
  /** The phone that keeps registering meanwhile; default: PHONE. */
  readonly phone?: string
  /** What counts: passwords that the server judged, or answers that the attacker got. */
  readonly harm: 'judged' | 'answers'
  /** @param pauseS of a tool that pauses after each request, instead of its own, seconds */
  run(lab: Lab, seconds: number, pauseS?: number): Promise<unknown>
}

const USER = '1001'
const RATE = 50
const TRIES = 4
/** They stop after so many seconds without an answer. */
const GIVE_UP_S = '2'
const first = ATTACKERS[0]!

/** The port that the forged phone is registered at (lab.ts), and one that it is not. */
const FORGED = [`${CARRIER}:5060`, `${PHONE}:5066`, `${PHONE}:5099`, `${UNKNOWN}:5060`]

/** A tool of sipvicious without its telling User-Agent, for so long. */
function disguised(lab: Lab, host: 'attacker' | 'lan', seconds: number, tool: string, ...args: readonly string[]): Promise<string> {
  return lab.run(host, 'timeout', [String(seconds), 'python3', join(import.meta.dirname, 'ordinary-agent.py'), tool, ...args])
}

function guessing({
  title,
  host = 'attacker',
  source = first,
  to = SBC,
  domain = 'example.com',
  pause = FULL_PACE,
}: {
  title: string
  host?: 'attacker' | 'lan'
  source?: string
  to?: string
  domain?: string
  pause?: number
}): Attack {
  const flags = ['-u', USER, '-r', '100000-999999', '--maximumtime', GIVE_UP_S, '--domain', domain]
  if (to.includes(':')) flags.push('-6')
  return {
    title,
    host,
    sources: [source],
    harm: 'judged',
    run: (lab, seconds, pauseS = pause) => disguised(lab, host, seconds, 'svcrack', ...flags, '-t', String(pauseS), to),
  }
}

/** The rows of the matrix. */
export const ATTACKS = {
  'brute-force': guessing({ title: 'svcrack at full pace' }),
  'brute-force-6': guessing({ title: 'svcrack over IPv6', source: ATTACKER6, to: SBC6 }),
  'brute-force-slow': guessing({ title: 'svcrack, 2.5 requests/s', pause: 0.4 }),
  enumeration: {
    title: 'svwar enumeration',
    host: 'attacker',
    sources: [first],
    harm: 'answers',
    run(lab, seconds, pauseS = FULL_PACE) {
      const flags = ['-e', '2000-9999', '-m', 'REGISTER', '--force', '--maximumtime', GIVE_UP_S, '--domain', 'example.com']
      return disguised(lab, 'attacker', seconds, 'svwar', ...flags, '-t', String(pauseS), SBC)
    },
  },
  'door-knock': { ...guessing({ title: 'door-knock: svcrack at a foreign domain', domain: 'elsewhere.example' }), harm: 'answers' },
  scan: {
    title: 'svmap scan',
    host: 'attacker',
    sources: [first],
    harm: 'answers',
    async run(lab, seconds) {
      const end = Date.now() + seconds * 1000
      for (let round = 0; Date.now() < end; round++) {
        const method = ['OPTIONS', 'INVITE', 'REGISTER'][round % 3]!
        await lab.run('attacker', 'timeout', ['-s', 'INT', '-k', '2', '0.7', 'svmap', '-m', method, '-t', '0.01', '-p', '5060-5062', SBC])
      }
    },
  },
  flood: {
    title: `REGISTER flood ${RATE}/s, ordinary User-Agent, no credentials`,
    host: 'attacker',
    sources: [first],
    harm: 'answers',
    run: (lab, seconds) => lab.call('attacker', 'flood', first, RATE, seconds),
  },
  stuffing: {
    title: `${ATTACKERS.length} addresses × ${TRIES} guesses on one user`,
    host: 'attacker',
    sources: ATTACKERS,
    harm: 'judged',
    run: (lab, seconds) => lab.call('attacker', 'stuff', TRIES, (ATTACKERS.length * TRIES) / seconds, ...ATTACKERS),
  },
  'behind-phone': {
    ...guessing({ title: 'svcrack behind the address of a registered phone', host: 'lan', source: OFFICE }),
    phone: DESK,
  },
  forged: {
    title: 'forged wrong passwords and knocks, “from” a carrier, a phone and an unknown address',
    host: 'attacker',
    sources: [CARRIER, PHONE, UNKNOWN],
    harm: 'judged',
    run: (lab, seconds) => lab.call('attacker', 'forge', first, seconds * 5, FORGED.length * 5, ...FORGED),
  },
} satisfies Record<string, Attack>

export type Row = keyof typeof ATTACKS
export const ROWS = Object.keys(ATTACKS) as Row[]
