export { createChannels } from './channel.ts'
export { testDraft } from './compose.ts'
export { hostName } from './host.ts'
export { createNotifier, type Notifier } from './notifier.ts'
