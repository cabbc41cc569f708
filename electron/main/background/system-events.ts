import { powerMonitor, powerSaveBlocker } from 'electron'
import type { BackgroundService } from './background-service.ts'

/** Tells the schedule of everything that happens to the computer and may matter to it. */
export function listenToSystem(background: Pick<BackgroundService, 'look' | 'woke'>): void {
  const look = (): void => void background.look()
  powerMonitor.on('resume', () => void background.woke())
  powerMonitor.on('unlock-screen', look)
  powerMonitor.on('user-did-become-active', look)
  powerMonitor.on('on-ac', look)
  powerMonitor.on('on-battery', look)
  powerMonitor.on('thermal-state-change', look)
}

/** The screen may still go dark. */
export function keepAwake(): () => void {
  const id = powerSaveBlocker.start('prevent-app-suspension')
  return () => void powerSaveBlocker.stop(id)
}
