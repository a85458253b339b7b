import type { ChannelConfig } from '../config/types.ts'
import { oneLine } from './notice.ts'
import type { Answer, Channel } from './types.ts'

/** SMTP: RFC 5321. STARTTLS: RFC 3207. Auto-Submitted: RFC 3834. */

const LIMIT_MS = 10_000
/** Of one whole try. */
const WHOLE_FACTOR = 3
/** Of an error's words. */
const MOST_REASON = 200

type Mail = Extract<ChannelConfig, { type: 'mail' }>

/** Sends each message as text. `limitMs`, of one answer of the server: default 10,000; one try takes three times as long at the most. */
export function createMail(name: string, config: Mail, host: string, limitMs = LIMIT_MS): Channel {
  const { to, from, smtp, severities } = config
  const options = {
    ...{
      host: smtp.host,
      port: smtp.port,
      secure: smtp.tls === 'always',
      requireTLS: smtp.tls === 'needed',
      ignoreTLS: smtp.tls === 'none',
    },
    tls: { rejectUnauthorized: smtp.verify },
    ...(smtp.user !== null && { auth: { user: smtp.user, pass: smtp.password } }),
    ...{ connectionTimeout: limitMs, greetingTimeout: limitMs, socketTimeout: limitMs, dnsTimeout: limitMs },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  }
  /** What the server or the library say, and never a password: a server may repeat it, as it was sent or in base64. */
  const { user, password } = smtp
  const secrets =
    password === '' ? [] : [password, ...[password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString('base64'))]
  const shown = (text: string) =>
    oneLine(
      secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text.trim()),
      MOST_REASON,
    )

  return {
    name,
    place: `${to.join(', ')} by ${smtp.host}:${smtp.port}`,
    classes: severities,
    async send(message, signal) {
      // A library that only who is to send mail should have in memory.
      const { createTransport } = await import('nodemailer')
      const transport = createTransport(options)
      const limit = AbortSignal.any([signal, AbortSignal.timeout(WHOLE_FACTOR * limitMs)])
      const { promise: late, resolve } = Promise.withResolvers<Answer>()
      const giveUp = () => resolve({ outcome: 'failed', detail: `not done within ${(WHOLE_FACTOR * limitMs) / 1000} s` })
      limit.addEventListener('abort', giveUp, { once: true })
      if (limit.aborted) giveUp()
      const sent = transport.sendMail({
        ...{ from, to: [...to], subject: message.subject, text: `${message.text}\n`, date: new Date(message.atMs) },
        messageId: `<${message.id}@${host}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Sipguard-Id': message.id },
      })
      const answered = sent.then(
        ({ response, rejected }): Answer => ({
          outcome: 'taken',
          detail: shown(`${response}${rejected.length > 0 ? `; refused for ${rejected.join(', ')}` : ''}`),
        }),
        (error: unknown) => failure(error, shown),
      )
      const answer = await Promise.race([answered, late])
      limit.removeEventListener('abort', giveUp)
      transport.close()
      return answer
    },
  }
}

/** A 5xx answer is final (RFC 5321, 4.2.1), but for one to the password: that can be mended. */
function failure(error: unknown, shown: (text: string) => string): Answer {
  const { message, code, responseCode = 0 } = error as Error & { code?: string; responseCode?: number }
  const isFinal = responseCode >= 500 && responseCode < 600 && (code === 'EENVELOPE' || code === 'EMESSAGE')
  return { outcome: isFinal ? 'refused' : 'failed', detail: shown(message) }
}
