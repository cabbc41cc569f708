import { contextBridge, ipcRenderer } from 'electron'
import { ipcContract } from '#common/ipc-contract.ts'
import { makeBridge } from '#common/make-bridge.ts'

/** All that the window can reach of the system: one function for each message of the contract, and nothing else. */
const bridge = makeBridge(ipcContract, {
  ask: (channel, input) => ipcRenderer.invoke(channel, input),
  listen(channel, listener) {
    const forward = (_event: unknown, payload: unknown): void => listener(payload)
    ipcRenderer.on(channel, forward)
    return () => ipcRenderer.off(channel, forward)
  },
})

contextBridge.exposeInMainWorld('bridge', bridge)
