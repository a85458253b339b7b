import { beforeAll, describe, expect, test } from 'vitest'
import { type ApiDocument, readDocument } from '../api/api-document.ts'
import { appOf, documented, fullControl } from '../api/routes.ts'
import { DEFAULTS } from './fake-server.ts'
import { KNOWN } from './known-answers.ts'

/** The pages are tried with answers that were written by hand: the real API must be able to give each of them. */
describe('the answers that the console is tried with are those of the API', () => {
  const answers = Object.entries({ ...DEFAULTS, ...KNOWN })
  let document: ApiDocument
  let routes: string[]
  beforeAll(async () => {
    const { app } = appOf(await fullControl())
    document = await readDocument(app)
    routes = await documented(app)
  })

  test.each(answers)('%s', (request, answer) => {
    const route = routes.find((declared) => new RegExp(`^${declared.replace(/:\w+/g, '[^/]+')}$`).test(request))
    expect(route).toBeDefined()
    expect(document.faultsOf(route!, 200, JSON.stringify(answer))).toBeNull()
  })
})
