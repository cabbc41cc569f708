/**
 * Whether the app starts by itself when the person signs in to the computer. `blocked`: switched off in the system's own
 * settings, where alone it can be switched on again. `needs-approval`: the system waits for the person to allow it there.
 */
export type SignInStart = 'on' | 'off' | 'blocked' | 'needs-approval'
