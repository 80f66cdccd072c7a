export type { DeliveryDeps, Post } from './channel-delivery.ts';
export { type Channel, NOTIFICATION_EVENTS, type NotificationEvent } from './notification.ts';
export { NotificationDelivery } from './notification-delivery.ts';
export { NotificationListener, type NotificationListenerDeps } from './notification-listener.ts';
export type { BrokenChannel, NotificationStore } from './notification-store.ts';
export { type NotificationView, viewNotifications } from './notification-view.ts';
export { PlanExcerpts } from './plan-excerpts.ts';
export { SqlNotificationStore } from './sql-notification-store.ts';
