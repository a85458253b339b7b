/** Names of the API in words for people. */

const KINDS: Readonly<Record<string, string>> = {
  failed_registration: 'failed registration',
  failed_auth: 'failed authentication',
  door_knock: 'door-knock',
  flood: 'flood',
  call_rejected: 'rejected call',
  malformed: 'malformed SIP',
  auth_challenge: 'challenge',
  auth_success: 'authentication',
  request: 'request',
  registration: 'registration',
  unregistration: 'unregistration',
}

export const kindWords = (kind: string): string => KINDS[kind] ?? kind

/** `1,234`. */
export const figure = (count: number): string => count.toLocaleString('en')

/** `1 ban`, `12 bans`. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${figure(count)} ${count === 1 ? one : many}`
