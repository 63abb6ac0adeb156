//! Staging tests.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::{ApiClient, ApiError, PageOf, escaped, with_query};
use review_api::{ChangeId, Page, StagingTest, StartTest, TestCase, TestReport};
use serde::Serialize;

#[derive(Serialize)]
struct Empty {}

impl ApiClient {
    /// Returns what a test of a change would take, and how far its newest one is.
    pub async fn staging_test(&self, id: &ChangeId) -> Result<TestReport, ApiError> {
        self.get(of(id, "")).await
    }

    /// Has a change tested; `revision` is the change's.
    pub async fn begin_test(
        &self,
        id: &ChangeId,
        body: &StartTest,
        revision: u64,
    ) -> Result<StagingTest, ApiError> {
        self.post_on(of(id, ""), body, revision).await
    }

    /// Calls the test of a change off.
    pub async fn cancel_test(&self, id: &ChangeId) -> Result<StagingTest, ApiError> {
        self.post(of(id, "/cancel"), &Empty {}).await
    }

    /// Returns a page of the cases of a change's newest test, those that got worse first.
    pub async fn test_cases(
        &self,
        id: &ChangeId,
        page: PageOf,
    ) -> Result<Page<TestCase>, ApiError> {
        let pairs = [
            ("limit", page.limit.map(|limit| limit.to_string())),
            ("cursor", page.cursor),
        ];
        self.get(with_query(&of(id, "/cases"), &pairs)).await
    }
}

fn of(id: &ChangeId, what: &str) -> String {
    format!("/changes/{}/test{what}", escaped(&id.0))
}
