import type { TokenJson } from '../../api/access-wire.ts'
import type { StatusReport } from '../../api/control.ts'
import type { PhoneJson, UserJson } from '../../api/records-wire.ts'
import type { AllowJson, BanJson } from '../../api/wire.ts'
import type { Client } from '../client.ts'

type Ask = (client: Client) => Promise<readonly (string | null)[]>

const bans = (client: Client) => client.call<BanJson[]>('GET', '/api/bans')
const users = (client: Client) => client.call<UserJson[]>('GET', '/api/users?limit=1000')
const phones = (client: Client) => client.call<PhoneJson[]>('GET', '/api/registered-phones')

/** What a running daemon knows that may stand on a command line, by what it is. */
const KNOWN = {
  banned: async (client) => (await bans(client)).map(({ ip }) => ip),
  allowed: async (client) => (await client.call<AllowJson[]>('GET', '/api/allow')).map(({ cidr }) => cidr),
  users: async (client) => (await users(client)).map(({ user, domain }) => `${user}@${domain}`),
  'user-names': async (client) => (await users(client)).map(({ user }) => user),
  domains: async (client) => (await users(client)).map(({ domain }) => domain),
  extensions: async (client) => (await phones(client)).map(({ extension_number }) => extension_number),
  macs: async (client) => (await phones(client)).map(({ mac_address }) => mac_address),
  'phone-addresses': async (client) => (await phones(client)).map(({ ip_address }) => ip_address),
  jails: async (client) => (await client.call<StatusReport>('GET', '/api/status')).jails.map(({ name }) => name),
  tokens: async (client) => (await client.call<TokenJson[]>('GET', '/api/tokens')).map(({ name }) => name),
  filters: async () => (await import('../../config/index.ts')).loadShippedFilters().map(({ name }) => name),
} satisfies Record<string, Ask>

export type KnownWords = keyof typeof KNOWN
export const KNOWN_WORDS = Object.keys(KNOWN) as readonly KnownWords[]

/** Only what no shell takes for more than a word, and no command for an option: attackers choose names. */
const WORD = /^[0-9A-Za-z:][0-9A-Za-z._+@:/-]*$/

/** Words for a shell's completion, sorted, each once. @throws SipguardError where no daemon answers */
export async function knownWords(kind: KnownWords, client: Client): Promise<string[]> {
  const found = await KNOWN[kind](client)
  return [...new Set(found)].filter((word): word is string => word !== null && WORD.test(word)).sort()
}
