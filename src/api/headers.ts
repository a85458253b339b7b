import type { ServerResponse } from 'node:http'

/**
 * Of every answer. What attackers wrote is in the answers: no browser may take one for a page, keep it, or show it inside another page; and
 * our own page runs and loads nothing but its own files. Set on the raw response, so that it holds for an answer that streams, too.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

export function setHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
}
