//! What tokens cost.

use serde::{Deserialize, Serialize};

/// What a model's tokens cost, in millionths of the currency's unit for each million of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelPrice {
    /// The model's id.
    pub model: String,
    /// Tokens read, not counting the cache.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read from the cache.
    pub cache_read: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
}

/// The prices that the proxy was given; it has none of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Prices {
    /// Their currency, by its code of three letters; empty where there are none.
    pub currency: String,
    /// By model.
    pub models: Vec<ModelPrice>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// Millionths of the currency's unit.
    pub micros: u64,
    /// The currency, by its code of three letters.
    pub currency: String,
}

/// What something cost, or will cost, at the prices that are set now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Cost {
    /// It is known; amounts are millionths of the currency's unit, each rounded up to a whole one.
    Known {
        /// The currency, by its code of three letters.
        currency: String,
        /// Lower end; as `about` for what is over.
        low: u64,
        /// The most likely amount, or the one that it was.
        about: u64,
        /// Upper end; as `about` for what is over.
        high: u64,
        /// Parts whose tokens are not known, so that it cost more than this.
        #[serde(default)]
        left_out: u32,
    },
    /// The model has no price.
    PriceNotSet {
        /// The model.
        model: String,
    },
    /// Nothing is known of the tokens, or not by their kinds, which cost differently.
    NotMeasured,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}
