export { ChannelTester } from './channel-tester.ts';
export type {
  DriftedResource,
  DriftSnapshot,
  NoticeSnapshot,
  ReportedFinding,
  ReportSnapshot,
} from './drift-snapshot.ts';
export { type News, NewsWriter } from './news-writer.ts';
export { type Channel, NOTIFICATION_EVENTS } from './notification.ts';
export { NotificationDelivery } from './notification-delivery.ts';
export { NotificationListener } from './notification-listener.ts';
export type { NotificationStore } from './notification-store.ts';
export { viewNotifications } from './notification-view.ts';
export { PlanExcerpts } from './plan-excerpts.ts';
export type { Post } from './post-to-channel.ts';
export { SqlNotificationStore } from './sql-notification-store.ts';
