import { afterEach, expect, test } from 'vitest'
import { type Connection, connect } from '../../src/fleet/connection.ts'
import { createSharedMap, type SharedMap } from '../../src/fleet/shared-map.ts'
import { freePort, until } from './redis-server.ts'

let connection: Connection
let map: SharedMap
afterEach(async () => {
  await map.stop()
  connection.close()
})

test('while Redis is away no attempt goes on waiting when the next one is made', async () => {
  connection = connect([`redis://127.0.0.1:${await freePort()}`])
  const { client } = connection
  let attempts = 0
  map = createSharedMap({
    ...{ client, key: 'sipguard:{fleet}:map', node: 'aaaaaaaaaaaa', maxLength: 1000, position: null, now: Date.now },
    ...{ onWritten: async () => {}, local: () => [], find: () => null, isOver: () => false, onSent: () => {} },
    onState: () => {
      attempts++
    },
  })
  map.start()
  await until(() => attempts >= 5, 'five attempts')
  expect(client.listenerCount('ready')).toBeLessThanOrEqual(1)
})
