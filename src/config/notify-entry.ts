import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { parseDuration } from '../duration.ts'
import { HEALTH_KINDS } from '../health-kinds.ts'
import { ALERT_KINDS } from '../types.ts'
import { isLoopback } from './endpoint.ts'
import { didYouMean } from './names.ts'
import { always, duration, expecting, flag, isMapping, key, list, MISSING, mapping, oneOf, text } from './schema.ts'
import { type ChannelConfig, MESSAGE_CLASSES, type NotifyConfig, SEVERITIES } from './types.ts'

/** `notify:`: who is told, how, of what, when. */

const DEFAULT_COOLDOWN_MS = 36e5
const DEFAULT_DAILY = '08:00'

const WAYS = ['webhook', 'exec', 'mail'] as const
const ONE_OF = `a channel is one of ${WAYS.join(', ')}`
const KINDS = [...ALERT_KINDS, ...HEALTH_KINDS]

/** Text that is never repeated in a message: it may hold a password, or be one. */
function secret(what: string, test: (value: string) => boolean) {
  const error = ({ input }: { readonly input?: unknown }) =>
    input === undefined ? MISSING : `expected ${what}, got something else (not shown: it may hold a password)`
  return z.string({ error }).refine(test, { error })
}

const urlOf = (value: string): URL | null => (/\s/.test(value) ? null : URL.parse(value))
/** `new URL` keeps the brackets of an IPv6 address. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')
const isHere = (url: URL): boolean => url.hostname === 'localhost' || isLoopback(hostOf(url))

const webhook = secret('the URL of a web server such as https://hooks.example.net/sipguard, without a user or password', (value) => {
  const url = urlOf(value)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
})
const smtp = secret('the URL of a mail server such as smtp://127.0.0.1 or smtps://USER:PASSWORD@mail.example.net', (value) => {
  const url = urlOf(value)
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false
  return /^\/?$/.test(url.pathname) && !url.search && !url.hash && isEncoded(url.username) && isEncoded(url.password)
})

/** Whether a part of a URL can be decoded. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** RFC 5321 without quoted local parts: what cannot be mistaken in a header or a command. */
const mailAddress = text('a mail address such as noc@example.net', (value) =>
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}$/.test(value),
)
const mail = mapping({
  to: list(mailAddress).meta(key('list of mail addresses', 'needed', 'who gets it', 'a name beside an address; an empty list')),
  from: mailAddress.meta(key('mail address', 'needed', 'the sender')),
  smtp: smtp.meta(
    key(
      '`smtp://` or `smtps://[USER:PASSWORD@]HOST[:PORT]`',
      'needed',
      "the mail server. What is not a letter or digit in the user or password is percent-encoded. Keep the file's mode at 0600 where it holds a password; no message repeats it",
      'another scheme; a path',
    ),
  ),
})

const word = text('a word without control characters', (value) => /^[^\p{Cc}]*$/u.test(value))
const argv = z
  .array(word, expecting('a list: a program by its whole path, and its arguments'))
  .refine((words) => isAbsolute(words[0] ?? ''), {
    error: 'expected a program by its whole path, then its arguments, each a word of the list',
  })

const channel = mapping({
  webhook: webhook
    .optional()
    .meta(
      key(
        '`https://` URL; `http://` to this machine',
        '',
        "POSTs each message as JSON. Keep the file's mode at 0600 where the URL is a secret; no message repeats it",
        'a user or password in it; `http://` to another machine without `insecure`',
      ),
    ),
  format: oneOf(['json', 'slack'])
    .optional()
    .meta(key('`json`, `slack`', '`json`', 'what a webhook gets', 'beside another way')),
  exec: argv
    .optional()
    .meta(
      key(
        'list: a program by its whole path, and its arguments',
        '',
        'starts it for each message, which it gets on standard input',
        'a relative path; control characters',
      ),
    ),
  mail: mail.optional().meta(key('mapping ([mail](#mail))', '', 'sends each message')),
  severities: list(oneOf(MESSAGE_CLASSES))
    .optional()
    .meta(key('list of `critical`, `error`, `warning`, `daily`', 'all', 'only these go here', 'an empty list; one twice')),
  insecure: flag
    .optional()
    .meta(
      key(
        '`true`, `false`',
        '`false`',
        "a webhook of `http://` may be on another machine; a mail server's certificate is not checked, and a password may go to it in the clear",
        'with `https://`; with `exec`',
      ),
    ),
}).superRefine((value: unknown, context) => {
  if (!isMapping(value)) return
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  const [first, ...others] = WAYS.filter((way) => value[way] !== undefined)
  if (first === undefined) refuse([], `${ONE_OF}; none of them stands here`)
  for (const way of others) refuse([way], `${ONE_OF}; ${first}: stands here already`)
  if (value.format !== undefined && first !== 'webhook') refuse(['format'], 'only a webhook has a format')
  if (value.insecure !== undefined && first === 'exec') refuse(['insecure'], 'a program has no connection to secure')
  const url = typeof value.webhook === 'string' ? urlOf(value.webhook) : null
  if (url?.protocol === 'https:' && value.insecure !== undefined)
    refuse(['insecure'], 'https is secure, and its certificate always checked')
  if (url?.protocol === 'http:' && !isHere(url) && value.insecure !== true) {
    refuse(['webhook'], 'http goes in the clear to another machine: expected https, or insecure: true beside it')
  }
}, always)

const severity = z
  .record(z.string(), oneOf([...SEVERITIES, 'none']), expecting('a mapping of severities by kind'))
  .superRefine((value: unknown, context) => {
    if (!isMapping(value)) return
    for (const kind of Object.keys(value)) {
      if ((KINDS as readonly string[]).includes(kind)) continue
      const message = `not a kind of alert${didYouMean(kind, KINDS) || `; kinds are ${KINDS.join(', ')}`}`
      context.addIssue({ code: 'custom', path: [kind], message })
    }
  }, always)

const DAILY = /^([01]\d|2[0-3]):([0-5]\d)$/

export const notify = mapping({
  channels: z
    .array(channel, expecting('a list of channels'))
    .optional()
    .meta(key('list of [channels](#channels)', 'none: nobody is told', 'by which ways operators are told')),
  severity: severity
    .optional()
    .meta(
      key(
        'mapping of `critical`, `error`, `warning`, `none` by [kind](alerts.md#kinds)',
        "each kind's own",
        'how soon operators are told of a kind; `none`: not at all',
        'a kind that is none',
      ),
    ),
  cooldown: duration({ forEver: false })
    .optional()
    .meta(key('duration', '`1h`', 'the same kind about the same subject is not told again for so long', 'zero; `-1`')),
  daily: text("a time of the day such as '08:00', or off", (value) => value === 'off' || DAILY.test(value))
    .optional()
    .meta(key("`'HH:MM'` or `off`", "`'08:00'`", "when, by this machine's local time, the line of the day is told")),
}).optional()

/** Of a checked value. */
export function toNotify(raw: z.output<typeof notify>): NotifyConfig {
  const { channels = [], severity = {}, cooldown, daily = DEFAULT_DAILY } = raw ?? {}
  const [, hour, minute] = DAILY.exec(daily) ?? []
  return {
    channels: channels.map(toChannel),
    severity: severity as NotifyConfig['severity'],
    cooldownMs: cooldown === undefined ? DEFAULT_COOLDOWN_MS : parseDuration(cooldown)!,
    daily: hour === undefined ? null : { hour: Number(hour), minute: Number(minute) },
  }
}

function toChannel(entry: z.output<typeof channel>): ChannelConfig {
  const { webhook, exec, mail, format = 'json', insecure = false, severities = MESSAGE_CLASSES } = entry
  if (webhook !== undefined) return { type: 'webhook', severities, url: webhook, format }
  if (exec !== undefined) return { type: 'exec', severities, argv: exec as [string, ...string[]] }
  const { to, from, smtp } = mail!
  return { type: 'mail', severities, to, from, smtp: toServer(new URL(smtp), insecure) }
}

/**
 * On this machine nothing needs to be encrypted, and the certificate of a mail server there is seldom one that anybody signed. Elsewhere a
 * password is not sent in the clear, but where that is wanted.
 */
function toServer(url: URL, insecure: boolean): Extract<ChannelConfig, { type: 'mail' }>['smtp'] {
  const always = url.protocol === 'smtps:'
  return {
    host: hostOf(url),
    port: url.port === '' ? (always ? 465 : 25) : Number(url.port),
    tls: always ? 'always' : isHere(url) ? 'none' : url.password !== '' && !insecure ? 'needed' : 'offered',
    verify: !insecure,
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
}
