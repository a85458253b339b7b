import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import type { Caller } from '../access.ts'
import type { Control } from '../control.ts'
import { FEED_TYPES, type FeedType, resume } from '../feed.ts'
import { createFeedClients, MOST_CLIENTS } from '../feed-clients.ts'
import type { Metrics } from '../metrics.ts'
import { type App, longText, shortText } from '../schema.ts'
import type { Sessions } from '../sessions.ts'

const BY_DEFAULT = FEED_TYPES.filter((type) => type !== 'event' && type !== 'skip')
const types = longText
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(FEED_TYPES, `expected some of ${FEED_TYPES.join(', ')}, with commas between them`)))
  .transform((list): ReadonlySet<FeedType> => new Set(list))
  .default(new Set(BY_DEFAULT))

export function feedRoutes(app: App, { feed, tokens }: Control, sessions: Sessions, metrics: Metrics): void {
  /** A token that is removed, and a session that is over, end what was asked for with them; a session in which somebody follows is in use. */
  const isStillKnown = ({ name, session }: Caller, cookie: string | undefined) =>
    session === null ? tokens.list().some((token) => token.name === name) : sessions.find(cookie) !== null

  const clients = createFeedClients({ feed, metrics })
  app.addHook('preClose', async () => clients.close())

  /** Server-sent events without an end. A browser that comes again repeats the URL, and says in the header how far it came. */
  const querystring = z.strictObject({ types, after: shortText.optional() })
  app.get('/api/feed', { exposeHeadRoute: false, schema: { querystring } }, (request, reply) => {
    if (clients.size >= MOST_CLIENTS) throw new SipguardError('DAEMON_REFUSED', `${MOST_CLIENTS} clients follow the feed already`)
    const came = request.headers['last-event-id'] ?? request.query.after
    reply.hijack()
    const { caller, from } = request
    const mayFollow = () => from === 'unix' || (caller !== null && isStillKnown(caller, request.headers.cookie))
    clients.add(reply.raw, request.query.types, resume(feed, typeof came === 'string' ? came : undefined), mayFollow)
  })
}
