//! Benches of kilter and of what people use instead, on made figures.
//!
//! [`made`] makes the figures, [`world`] gives them the forms in which kilter and the others take them, [`ideal`]
//! has the tight loops over dense columns that nothing can beat by much.

pub mod ideal;
pub mod made;
pub mod withheld;
pub mod world;
