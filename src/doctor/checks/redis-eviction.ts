import { type Check, Unchecked } from '../probe.ts'

export const redisEviction: Check = {
  id: 'redis-eviction',
  title: "the fleet's Redis throws nothing away",
  async run({ config: { store }, redisMemory }) {
    if (store.type !== 'redis') return []
    const memory = await redisMemory(store.urls)
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1]
    if (policy === undefined) throw new Unchecked('Redis does not say its maxmemory_policy')
    if (policy === 'noeviction') return []
    const isLimited = !/^maxmemory:0\s/m.test(memory)
    return [
      {
        severity: isLimited ? ('error' as const) : ('warning' as const),
        place: 'store:',
        text: `maxmemory-policy is ${policy}: ${isLimited ? 'a full Redis' : 'a Redis with a maxmemory that is full'} throws away windows, and with them attackers`,
        remedy: 'maxmemory-policy noeviction, in redis.conf and by redis-cli CONFIG SET',
      },
    ]
  },
}
