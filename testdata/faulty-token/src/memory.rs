//! The caller's memory: the only place that follows pointers.

use std::collections::BTreeMap;
use std::slice;

use cryptoki_sys::{CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_EDDSA_PARAMS, CK_MECHANISM, CK_MECHANISM_TYPE};
use cryptoki_sys::{CK_ULONG, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL, CKR_MECHANISM_PARAM_INVALID};

use crate::call::Result;

/// Attributes and their values.
pub(crate) type Attributes = BTreeMap<CK_ATTRIBUTE_TYPE, Vec<u8>>;

/// What a caller passes in.
///
/// # Safety
/// `pointer` is null, or `length` values can be read there until the call ends.
pub(crate) unsafe fn input<'call, T>(pointer: *const T, length: CK_ULONG) -> Result<&'call [T]> {
    match usize::try_from(length) {
        Ok(0) => Ok(&[]),
        Ok(_) if pointer.is_null() => Err(CKR_ARGUMENTS_BAD),
        // SAFETY: not null, so the caller of this function vouches for it.
        Ok(length) => Ok(unsafe { slice::from_raw_parts(pointer, length) }),
        Err(_) => Err(CKR_ARGUMENTS_BAD),
    }
}

/// Writes one value for the caller.
///
/// # Safety
/// `pointer` is null, or one value can be written there.
pub(crate) unsafe fn put<T>(pointer: *mut T, value: T) -> Result<()> {
    if pointer.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: not null, so the caller of this function vouches for it.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Room for values, and where their number is told: what a caller passes to ask for a list (PKCS#11 v2.40, 5.2).
pub(crate) struct Room<T> {
    pointer: *mut T,
    size: CK_ULONG,
    length: *mut CK_ULONG,
}

impl<T: Copy> Room<T> {
    /// Room whose size stands where the number of values is to be written.
    ///
    /// # Safety
    /// Until the call ends, `length` is null or can be read and written, and `pointer` is null or as many values as
    /// `length` tells can be written there.
    pub(crate) unsafe fn new(pointer: *mut T, length: *mut CK_ULONG) -> Result<Self> {
        if length.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        // SAFETY: not null, so the caller of this function vouches for it.
        Ok(Self { pointer, size: unsafe { length.read() }, length })
    }

    /// Room of a size that is told apart.
    ///
    /// # Safety
    /// As for [`new`](Self::new), with `size` instead of what `length` tells.
    pub(crate) unsafe fn sized(pointer: *mut T, size: CK_ULONG, length: *mut CK_ULONG) -> Result<Self> {
        if length.is_null() || pointer.is_null() { Err(CKR_ARGUMENTS_BAD) } else { Ok(Self { pointer, size, length }) }
    }

    /// Whether only the number of values is asked for.
    pub(crate) fn is_query(&self) -> bool {
        self.pointer.is_null()
    }

    /// How many values fit.
    pub(crate) fn size(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Writes the values and their number; only the number if that is all that is asked for, or if they do not fit.
    pub(crate) fn fill(&mut self, values: &[T]) -> Result<()> {
        self.claim(values.len() as CK_ULONG);
        if self.pointer.is_null() {
            return Ok(());
        }
        if values.len() > self.size() {
            return Err(CKR_BUFFER_TOO_SMALL);
        }
        // SAFETY: `size` values fit there (see `new`), and these are no more.
        unsafe { self.pointer.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        Ok(())
    }

    /// Writes a number of values, true or not.
    pub(crate) fn claim(&mut self, number: CK_ULONG) {
        // SAFETY: not null and writable (see `new`).
        unsafe { self.length.write(number) };
    }
}

/// The attributes of a template that is passed in.
///
/// # Safety
/// As for [`input`], and the same holds for the value of each attribute.
pub(crate) unsafe fn template(pointer: *const CK_ATTRIBUTE, length: CK_ULONG) -> Result<Attributes> {
    let mut attributes = Attributes::new();
    // SAFETY: the caller of this function vouches for it.
    for attribute in unsafe { input(pointer, length) }? {
        // SAFETY: likewise.
        let value = unsafe { input(attribute.pValue.cast::<u8>().cast_const(), attribute.ulValueLen) }?;
        attributes.insert(attribute.type_, value.to_vec());
    }
    Ok(attributes)
}

/// The attributes that are asked for, each with the room for its value.
///
/// # Safety
/// `pointer` is null, or `length` attributes can be read and written there until the call ends, and each of them has
/// a null value or as much room for it as it tells.
pub(crate) unsafe fn questions(
    pointer: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
) -> Result<Vec<(CK_ATTRIBUTE_TYPE, Room<u8>)>> {
    let number = usize::try_from(length).map_err(|_| CKR_ARGUMENTS_BAD)?;
    if pointer.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    let mut questions = Vec::new();
    for index in 0..number {
        // SAFETY: not null, and `index` is below `length`.
        let attribute = unsafe { &mut *pointer.add(index) };
        // SAFETY: the caller of this function vouches for the value's room.
        let room = unsafe { Room::new(attribute.pValue.cast(), &raw mut attribute.ulValueLen) }?;
        questions.push((attribute.type_, room));
    }
    Ok(questions)
}

/// A mechanism with the one kind of parameter that there is here.
pub(crate) struct MechanismInput {
    pub(crate) kind: CK_MECHANISM_TYPE,
    pub(crate) eddsa: Option<EddsaInput>,
}

/// CK_EDDSA_PARAMS.
pub(crate) struct EddsaInput {
    pub(crate) prehash: bool,
    pub(crate) context: Vec<u8>,
}

/// The mechanism that is passed in.
///
/// # Safety
/// `pointer` is null, or a mechanism can be read there, with a parameter as long as it tells.
pub(crate) unsafe fn mechanism(pointer: *const CK_MECHANISM) -> Result<MechanismInput> {
    if pointer.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    // SAFETY: not null, so the caller of this function vouches for it.
    let CK_MECHANISM { mechanism: kind, pParameter, ulParameterLen } = unsafe { pointer.read() };
    if pParameter.is_null() || ulParameterLen == 0 {
        return Ok(MechanismInput { kind, eddsa: None });
    }
    if kind != cryptoki_sys::CKM_EDDSA || ulParameterLen != size_of::<CK_EDDSA_PARAMS>() as CK_ULONG {
        return Err(CKR_MECHANISM_PARAM_INVALID);
    }
    // SAFETY: not null, and as long as the structure that the mechanism asks for.
    let params = unsafe { pParameter.cast::<CK_EDDSA_PARAMS>().read_unaligned() };
    // SAFETY: the caller of this function vouches for what the parameter points to.
    let context = unsafe { input(params.pContextData.cast_const(), params.ulContextDataLen) }?.to_vec();
    Ok(MechanismInput { kind, eddsa: Some(EddsaInput { prehash: params.phFlag != 0, context }) })
}
