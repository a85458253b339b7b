import { extname, join } from 'node:path'
import type { FastifyReply } from 'fastify'
import { namesIn, readFile } from '../../packaged.ts'
import { notFoundHandler } from '../failure.ts'
import type { App } from '../schema.ts'

/** What a build makes. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
const NOT_BUILT = '<!doctype html><title>sipguard</title><p>The console is not built. In the checkout: <code>npm run build</code></p>\n'

/**
 * The console, from `dir`: index.html, and under assets/ files whose names change with what is in them. What is asked for is only compared
 * with the names that are there, so that no path leads out.
 */
export function consoleRoutes(app: App, dir: string): void {
  const send = (reply: FastifyReply, name: string, content: Buffer, cacheControl: string) =>
    reply
      .type(TYPES[extname(name)] ?? 'application/octet-stream')
      .header('Cache-Control', cacheControl)
      .send(content)

  app.get('/', (_request, reply) => {
    const page = orElse(() => readFile(join(dir, 'index.html')), Buffer.from(NOT_BUILT))
    return send(reply, 'index.html', page, 'no-cache')
  })

  app.get('/assets/*', (request, reply) => {
    const { '*': name } = request.params as { '*': string }
    const assets = join(dir, 'assets')
    const file = orElse(() => (namesIn(assets).includes(name) ? readFile(join(assets, name)) : null), null)
    return file === null ? notFoundHandler(request, reply) : send(reply, name, file, 'public, max-age=31536000, immutable')
  })
}

/** For what was not built, or is no file. */
function orElse<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}
