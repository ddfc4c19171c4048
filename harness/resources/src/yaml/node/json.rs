//! A tree without its places, as JSON.

use serde_json::{Map, Number, Value as Json};

use super::{Node, Value};

impl Node {
    /// The value as JSON, keys in the order of the text. Every value has one: numbers of a tree are finite.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::UInt(value) => (*value).into(),
            Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Value::Str(text) => text.to_string().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                let entries = entries.iter().map(|entry| (entry.key.to_string(), entry.node.to_json()));
                Json::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}
