import type { ChannelConfig } from '../config/types.ts'
import { toJsonLine } from '../escape.ts'
import { messageJson } from './compose.ts'
import { oneLine } from './notice.ts'
import type { Answer, Channel, Message } from './types.ts'

/** HTTP: RFC 9110. Slack: api.slack.com/reference/surfaces/formatting and api.slack.com/messaging/webhooks. */

const LIMIT_MS = 10_000
/** Of an error's words. */
const MOST_REASON = 200
/** Of the client's errors those that may pass: the request took too long, there were too many. */
const MAY_PASS = new Set([408, 429])

type Webhook = Extract<ChannelConfig, { type: 'webhook' }>

/** POSTs each message. The path of its URL may be a secret, and is never shown. `limitMs`, of one try: default 10,000. */
export function createWebhook(name: string, config: Webhook, host: string, limitMs = LIMIT_MS): Channel {
  const { url, format, severities } = config
  return {
    name,
    place: new URL(url).origin,
    classes: severities,
    async send(message, signal) {
      const body = format === 'slack' ? slackBody(message) : toJsonLine(messageJson(message, host))
      try {
        const response = await fetch(url, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json', 'user-agent': 'sipguard', 'idempotency-key': message.id },
          // A redirect would take what is said here to somebody who was not named.
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
        })
        await response.body?.cancel().catch(() => {}) // the status has said it
        return answerOf(response.status)
      } catch (error) {
        return { outcome: 'failed', detail: reasonOf(error, limitMs) }
      }
    },
  }
}

function answerOf(status: number): Answer {
  if (status >= 200 && status < 300) return { outcome: 'taken', detail: `HTTP ${status}` }
  if (status >= 300 && status < 400) return { outcome: 'failed', detail: `HTTP ${status}: redirects are not followed` }
  const isFinal = status >= 400 && status < 500 && !MAY_PASS.has(status)
  return { outcome: isFinal ? 'refused' : 'failed', detail: `HTTP ${status}` }
}

/** fetch says only that it failed; its cause says why. */
function reasonOf(error: unknown, limitMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${limitMs / 1000} s`
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as NodeJS.ErrnoException)
  return oneLine(cause.message || ('code' in cause && String(cause.code)) || cause.name, MOST_REASON)
}

const SLACK_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '`': "'" }

/**
 * A code block: within it neither Slack nor those that speak like it (Mattermost, Rocket.Chat, Discord) make links, mentions or emphasis of
 * what an attacker wrote; without backticks nothing ends it early.
 */
function slackBody({ subject, text }: Message): string {
  const escaped = `${subject}\n${text}`.replace(/[&<>`]/g, (char) => SLACK_ESCAPES[char]!)
  return toJsonLine({ text: `\`\`\`\n${escaped}\n\`\`\`` })
}
