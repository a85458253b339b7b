import type { ChannelConfig } from '../config/types.ts'
import { createExec } from './exec.ts'
import { createMail } from './mail.ts'
import type { Channel } from './types.ts'
import { createWebhook } from './webhook.ts'

/** The channels of a configuration, each under its type and place in the list, `mail-2`. `host` names this machine in what they say. */
export function createChannels(configs: readonly ChannelConfig[], host: string): Channel[] {
  return configs.map((config, i) => createChannel(`${config.type}-${i + 1}`, config, host))
}

function createChannel(name: string, config: ChannelConfig, host: string): Channel {
  switch (config.type) {
    case 'webhook':
      return createWebhook(name, config, host)
    case 'exec':
      return createExec(name, config, host)
    case 'mail':
      return createMail(name, config, host)
  }
}
